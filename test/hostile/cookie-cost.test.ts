// What a Cookie header may cost: no more signatures are computed than cookies of one name are looked at, and none for what has no shape.
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type * as Crypto from 'node:crypto'
import * as router8 from 'react-router'
import * as router7 from 'react-router-v7'
import { describe, expect, it, vi } from 'vitest'
import { useDynamoSession } from '../../src/h3.ts'
import type { SessionEvent } from '../../src/h3.ts'
import { createSessionStorage } from '../../src/react-router/session-storage.ts'
import type { Framework } from '../../src/react-router/session-storage.ts'
import { createDynamoSessionStorage } from '../../src/react-router.ts'
import { createDynamoSessionStorage as createRemix2Storage } from '../../src/remix.ts'

const computed = vi.hoisted(() => ({ signatures: 0 }))
vi.mock('node:crypto', async (importOriginal) => {
  const crypto = await importOriginal<typeof Crypto>()
  const createHmac = (...given: Parameters<typeof Crypto.createHmac>): Crypto.Hmac => {
    computed.signatures++
    return crypto.createHmac(...given)
  }
  return { ...crypto, createHmac }
})

const NAME = 's'
const client = { send: () => Promise.reject(new Error('a request')), middlewareStack: {}, config: {} } as unknown as DynamoDBClient
const options = { client, tableName: 'none', region: 'nowhere', secretKey: 'the secret of these tests' }
const inOptions = { ...options, cookie: { name: NAME } }
const secrets = ['the secret of these tests']

const eventOf = (cookie: string): SessionEvent =>
  ({
    context: {},
    node: { req: { headers: { cookie, host: 'shop.example' } }, res: { getHeader: () => undefined, setHeader: () => {} } },
  }) as unknown as SessionEvent
const framework7 = router7 as unknown as Framework<never, never>

const adapters: [string, (header: string) => Promise<unknown>][] = [
  ['h3', (header) => useDynamoSession(eventOf(header), { ...options, name: NAME })],
  ['React Router 8', (header) => createDynamoSessionStorage(inOptions).getSession(header)],
  ['React Router 7', (header) => createSessionStorage(framework7, inOptions).getSession(header)],
  ['Remix 2', (header) => createRemix2Storage(inOptions).getSession(header)],
]
const ownCookies: typeof adapters = [
  [
    'React Router 8',
    (header) => createDynamoSessionStorage({ ...options, cookie: router8.createCookie(NAME, { secrets }) }).getSession(header),
  ],
  [
    'React Router 7',
    (header) => createSessionStorage(framework7, { ...options, cookie: router7.createCookie(NAME, { secrets }) }).getSession(header),
  ],
]

/** Signatures that are computed for a header. */
async function countOf(ask: (header: string) => Promise<unknown>, header: string): Promise<number> {
  const verify = vi.spyOn(globalThis.crypto.subtle, 'verify')
  const before = computed.signatures
  await ask(header)
  const count = computed.signatures - before + verify.mock.calls.length
  verify.mockRestore()
  return count
}

/** A header of 16 KB and more. */
function fill(value: (number: number) => string, size = 16_384): string {
  let header = ''
  for (let number = 0; header.length < size; number++) header += `${NAME}=${value(number)}; `
  return header
}
const shaped = (number: number): string => `${Buffer.from(`"${String(number).padStart(16, 'a')}"`).toString('base64')}.${'A'.repeat(43)}`
const shapedForH3 = (number: number): string => `${String(number).padStart(16, 'a')}.${'A'.repeat(43)}`

describe('a Cookie header of 16 KB or more', () => {
  it.each(adapters)('of tiny cookies of our name costs no signature in %s', async (_, ask) => {
    for (const value of [String, () => '', () => 'a.b', (number: number) => `${number}.${'A'.repeat(43)}`])
      expect(await countOf(ask, fill(value))).toBe(0)
  })

  it.each([...adapters, ...ownCookies])('of cookies that look like ours costs sixteen in %s', async (name, ask) => {
    const value = name === 'h3' ? shapedForH3 : shaped
    expect(await countOf(ask, fill(value))).toBe(16)
    expect(await countOf(ask, fill(value, 500_000))).toBe(16)
    // The same text is looked at once.
    expect(
      await countOf(
        ask,
        fill(() => value(1)),
      ),
    ).toBe(1)
  })

  it.each(ownCookies)('costs sixteen at most in %s with a Cookie of the application, whose values may have any shape', async (_, ask) => {
    for (const value of [String, () => '', (number: number) => `${number}.b`])
      expect(await countOf(ask, fill(value))).toBeLessThanOrEqual(16)
    expect(
      await countOf(
        ask,
        fill((number) => `${number}${'x'.repeat(5000)}`, 200_000),
      ),
    ).toBe(0)
  })
})
