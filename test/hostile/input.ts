// What every suite of hostile input asserts, and how its properties run.
import fc from 'fast-check'
import type { IAsyncProperty, IAsyncPropertyWithHooks } from 'fast-check'
import { inspect } from 'node:util'
import { expect } from 'vitest'
import { DynamoSessionError } from '../../src/index.ts'

/** Marks a text as secret: no error may show it. */
export const CANARY = 'kanarienvogel'

const seed = process.env.SEED === undefined ? Date.now() & 0x7fffffff : Number(process.env.SEED)

/** Milliseconds for one property, several times what a machine takes that does other things too. */
const TIME_LIMIT = 240_000

/**
 * Runs a property; a failure shows fast-check's seed and path, which `SEED` brings back.
 * @param runs without HOSTILE_RUNS, which multiplies them.
 * @param least how many they are at least, where fewer would not show what they are to show.
 * @returns how many there were.
 */
export async function check<Inputs>(
  property: IAsyncProperty<Inputs> | IAsyncPropertyWithHooks<Inputs>,
  runs: number,
  least = 1,
): Promise<number> {
  const prototypes = snapshotPrototypes()
  const numRuns = Math.max(least, Math.ceil(runs * Number(process.env.HOSTILE_RUNS ?? 1)))
  // A run that hangs, or endless shrinking, must show its seed too, before the test's own time is over.
  await fc.assert(property, {
    numRuns,
    seed,
    interruptAfterTimeLimit: TIME_LIMIT * Math.max(1, Number(process.env.HOSTILE_RUNS ?? 1)),
    markInterruptAsFailure: true,
  })
  expect(snapshotPrototypes(), `prototypes after seed ${seed}`).toEqual(prototypes)
  return numRuns
}

/** The error of a call that must be one of ours and show none of the secrets; `undefined` where the call succeeded. */
export async function refusalOf(work: () => unknown, secrets: readonly string[] = []): Promise<DynamoSessionError | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    return typed(error, secrets)
  }
}

/** Throws what is no error of ours, and what shows a secret in its message, stack, properties or causes. */
export function typed(error: unknown, secrets: readonly string[] = []): DynamoSessionError {
  if (!(error instanceof DynamoSessionError)) throw new Error(`not one of our errors: ${inspect(error)}`, { cause: error })
  const text = inspect(error, { depth: 9, maxStringLength: Infinity }) + chainOf(error)
  for (const secret of [CANARY, ...secrets]) {
    if (secret !== '' && text.includes(secret)) throw new Error(`an error shows ${secret}: ${text}`, { cause: error })
  }
  return error
}

/** What pollution would change: the names, and what the values are, on the prototypes that everything has. */
export function snapshotPrototypes(): unknown[] {
  return [Object.prototype, Array.prototype, Function.prototype, String.prototype].map((prototype) =>
    Reflect.ownKeys(prototype).map((key) => [String(key), Object.getOwnPropertyDescriptor(prototype, key)?.value]),
  )
}

/** Every code point but half surrogate pairs, as fast-check's `binary` has, whose table takes more than a second. */
const codePoint = fc.nat(0x10_f7_ff).map((n) => String.fromCodePoint(n < 0xd800 ? n : n + 0x800))

/** Characters that parsers trip over, with plain ones between them. */
export const trickyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: codePoint, maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.string({
    unit: fc.constantFrom(
      ...'a=;,."\'\\%{}[]:/ \t',
      '\0',
      '\r',
      '\n',
      '\u007F',
      '\uD800',
      '\uDC00',
      '%00',
      '%E0%A4%A',
      '%u0041',
      '__proto__',
    ),
    maxLength: 40,
  }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'toJSON',
    '',
    ' ',
    'null',
    'undefined',
    '[object Object]',
  ),
)

function chainOf(error: unknown): string {
  const texts: string[] = []
  for (let each = error; each instanceof Error; each = each.cause) texts.push(String(each.message), String(each.stack))
  return texts.join('\n')
}
