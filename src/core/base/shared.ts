// What several copies of this package in one process hand each other: bundlers and workspaces make such copies.
import { IncompatibleCopyError } from './errors.ts'
import { shownAs } from './shown.ts'

/** This release; a test compares it with package.json. */
export const VERSION = '0.1.0'

/** The version of all that is shared. Raise it when the shape of any of it changes. */
const SHAPE = 1

/** One thing that is shared, kept on an object that every copy finds: `globalThis`, a driver, the context of a request. */
export interface Slot<Value> {
  /** What is there, made where there is nothing yet. */
  ensure(holder: object, make: () => Value): Value
  /** @throws IncompatibleCopyError where another release put it there, and it has another shape. */
  get(holder: object): Value | undefined
  set(holder: object, value: Value): void
}

interface Shared<Value> {
  readonly shape: number
  readonly version: string
  readonly value: Value
}

/**
 * @param name the rest of the symbol's name, after `dynamodb-sessions.`.
 * @param isHidden whether printing and copying the holder leaves it out.
 */
export function sharedSlot<Value>(
  name: string,
  { isHidden = false, shape = SHAPE, version = VERSION }: { isHidden?: boolean; shape?: number; version?: string } = {},
): Slot<Value> {
  const symbol = Symbol.for(`dynamodb-sessions.${name}`)
  const slot: Slot<Value> = {
    get(holder) {
      const found = (holder as { readonly [symbol]?: Shared<Value> })[symbol]
      if (found === undefined) return undefined
      if (found.shape !== shape) throw new IncompatibleCopyError(version, found.version)
      return found.value
    },
    set(holder, value) {
      // What is shared knows secrets, and its holder may be printed.
      const shared: Shared<Value> = shownAs(
        {
          shape,
          version,
          get value() {
            return value
          },
        },
        () => `dynamodb-sessions ${version}`,
      )
      Object.defineProperty(holder, symbol, { value: shared, configurable: true, writable: true, enumerable: !isHidden })
    },
    ensure(holder, make) {
      const found = slot.get(holder)
      if (found !== undefined) return found
      const made = make()
      slot.set(holder, made)
      return made
    },
  }
  return slot
}
