// Which stored session an object of the framework stands for.
import type { Handle } from '../core/sessions/handle.ts'

/** The handle of a session, under the id that the framework knows. */
export interface Held {
  readonly handle: Handle
  readonly id: string
  /** `originalMaxAge` of its cookie, as it was read. */
  readonly maxAge?: unknown
  /** Nothing was read that has a cookie. */
  readonly lacksCookie?: boolean
  /** The framework gave it this id in place of that of the handle, which the first write moves there. */
  readonly isRenamed?: boolean
  /** It lies in the store that this one replaces, where its data was this text. */
  readonly foreign?: string
}

const holds = new WeakMap<object, Held>()

/** The key of the data under which the session travels where a framework copies data, and never shows what it made of it. */
const CARRIER = 'dynamodbSession'

/** Left out of JSON, and so of what is stored, compared and shown. */
class Carrier {
  toJSON(): undefined {
    return undefined
  }
}

export function hold(session: object, held: Held): void {
  holds.set(session, held)
}

/** Puts the session into the data itself. @fastify/session copies what a `for in` finds. */
export function carry(data: Record<string, unknown>, held: Held): void {
  const carrier = new Carrier()
  holds.set(carrier, held)
  data[CARRIER] = carrier
}

export function heldOf(session: object | null | undefined): Held | undefined {
  if (typeof session !== 'object' || session === null) return undefined
  const found = holds.get(session)
  if (found) return found
  const carrier = (session as Record<string, unknown>)[CARRIER]
  return carrier instanceof Carrier ? holds.get(carrier) : undefined
}

/** What the framework's session holds, without what is ours. */
export function valuesOf(session: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(session).filter(([, value]) => !(value instanceof Carrier)))
}
