// Bad cookies, through every adapter: a fresh session, no exception, no request, nothing on any prototype (guarantee 12).
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createCookie as createRemixCookie } from '@remix-run/node'
import fc from 'fast-check'
import { createHash } from 'node:crypto'
import { createCookie } from 'react-router'
import { describe, expect, it, vi } from 'vitest'
import { useDynamoSession } from '../../src/h3.ts'
import type { SessionEvent } from '../../src/h3.ts'
import { isId } from '../../src/core/base/id.ts'
import { sign } from '../../src/core/base/signature.ts'
import { createDynamoSessionStorage } from '../../src/react-router.ts'
import { createDynamoSessionStorage as createRemix2Storage } from '../../src/remix.ts'
import { createDynamoSessionStorage as createRemix3Storage } from '../../src/remix3.ts'
import { check, trickyText } from './input.ts'
import { cookieOf } from '../support/cookie.ts'

const SECRET = 'the secret of these tests'
/** Bad cookies in all, spread over the five ways in, where `HOSTILE_RUNS` is 1. */
const COOKIES = 100_000
const NAME = '__session'

/** A client that only counts what it is asked for. */
const client = {
  send: vi.fn(() => Promise.reject(new Error('a request'))),
  middlewareStack: {},
  config: {},
} as unknown as DynamoDBClient & {
  send: ReturnType<typeof vi.fn>
}
const errorHandler = vi.fn()
const options = { client, errorHandler, tableName: 'none', region: 'nowhere' }

/** Ids that are the same in every run, so that a seed brings a failure back. */
const idOf = (number: number): string => createHash('sha256').update(String(number)).digest('base64url')

/** What is in a cookie that nobody but us could have signed, and which still names no session. */
const NO_IDS = [
  null,
  true,
  0,
  '',
  'short',
  'a'.repeat(129),
  '../../etc/passwd',
  `${'a'.repeat(42)}=`,
  [idOf(0)],
  { id: idOf(0) },
  ['__proto__'],
]

type Signer = (value: unknown, secret: string | undefined) => Promise<string>

/** The three signed forms: React Router's, Remix 2's and ours for h3, as the browser sends them back. */
const signers = {
  'React Router': (value, secret) =>
    createCookie(NAME, secret ? { secrets: [secret] } : {})
      .serialize(value)
      .then(valueOf),
  'Remix 2': (value, secret) =>
    createRemixCookie(NAME, secret ? { secrets: [secret] } : {})
      .serialize(value)
      .then(valueOf),
  h3: async (value, secret) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    return encodeURIComponent(secret ? sign(text, secret) : text)
  },
} satisfies Record<string, Signer>

function valueOf(setCookie: string): string {
  return cookieOf(setCookie).slice(NAME.length + 1)
}

/** Cookie headers of which none names a session. */
async function badHeaders(signer: Signer): Promise<fc.Arbitrary<string>> {
  const good = await Promise.all(Array.from({ length: 8 }, (_, number) => signer(idOf(number), SECRET)))
  const worthless = await Promise.all([
    ...NO_IDS.map((value) => signer(value, SECRET)),
    ...['another secret', `${SECRET} `, undefined].map((secret) => signer(idOf(9), secret)),
  ])
  const base64 = fc.base64String({ maxLength: 120 })
  const damaged = fc
    .tuple(
      fc.constantFrom(...good),
      fc.nat(),
      fc.constantFrom('cut', 'flip', 'insert', 'head', 'swap', 'percent'),
      fc.constantFrom(...'Aaz09_-.+/'),
    )
    .map(([value, at, how, character]) => damage(decodeURIComponent(value), at, how, character))
  const value = fc.oneof(
    trickyText,
    base64,
    fc.tuple(base64, base64).map((parts) => parts.join('.')),
    damaged,
    damaged.map(encodeURIComponent),
    fc.constantFrom(...worthless),
    fc.tuple(fc.constantFrom(...good), fc.constantFrom('x', '.', '%', '%41', '\u0000')).map(([text, more]) => text + more),
  )
  const pair = fc
    .tuple(
      fc.oneof(
        { weight: 6, arbitrary: fc.constant(NAME) },
        { weight: 1, arbitrary: trickyText.filter((name) => name.trim() !== NAME && !name.includes(`${NAME}=`)) },
      ),
      value,
    )
    .map(([name, text]) => `${name}=${text}`)
  return (
    fc
      .oneof(
        { weight: 20, arbitrary: pair },
        { weight: 4, arbitrary: fc.array(pair, { maxLength: 8 }).map((pairs) => pairs.join('; ')) },
        { weight: 2, arbitrary: trickyText },
        { weight: 1, arbitrary: fc.tuple(pair, fc.integer({ min: 2, max: 300 })).map(([text, times]) => `${text};`.repeat(times)) },
        {
          weight: 1,
          arbitrary: fc
            .tuple(damaged, fc.integer({ min: 16_400, max: 100_000 }))
            .map(([text, size]) => `${NAME}=${text}; a=${'x'.repeat(size)}; ${NAME}=${'x'.repeat(size)}`),
        },
      )
      // A header of several cookies may bring an undamaged one together, as `a` and `;` and a name do; such a text is not bad.
      .filter((header) => !good.some((text) => new RegExp(`(^|;)\\s*${NAME}\\s*=\\s*"?${escaped(text)}"?\\s*(;|$)`).test(header)))
  )
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

function damage(text: string, at: number, how: string, character: string): string {
  // The last character of a signature in base64 has two bits that mean nothing, so that another one may be just as good.
  const index = at % (text.length - 1)
  if (how === 'cut') return text.slice(0, index)
  if (how === 'head') return text.slice(1 + index)
  if (how === 'insert') return text.slice(0, index) + character + text.slice(index)
  if (how === 'percent') return `${text.slice(0, index)}%${text.slice(index)}`
  if (how === 'swap') return text.split('.').toReversed().join('.')
  return text.slice(0, index) + (text[index] === character ? '!' : character) + text.slice(index + 1)
}

/** The headers of one request, as the two majors of h3 show them. */
function eventOf(header: unknown, major: 1 | 2): { event: SessionEvent; cookies: () => unknown } {
  if (major === 2) {
    const res = { headers: new Headers(), errHeaders: new Headers() }
    const get = (name: string): unknown => (name === 'cookie' ? (header ?? null) : name === 'host' ? 'shop.example' : null)
    return { event: { context: {}, req: { headers: { get } }, res } as unknown as SessionEvent, cookies: () => res.headers.getSetCookie() }
  }
  const sent: unknown[] = []
  const res = { getHeader: () => undefined, setHeader: (_name: string, value: unknown) => sent.push(value) }
  return {
    event: { context: {}, node: { req: { headers: { cookie: header, host: 'shop.example' } }, res } } as unknown as SessionEvent,
    cookies: () => sent,
  }
}

async function viaH3(header: unknown, major: 1 | 2): Promise<void> {
  const { event, cookies } = eventOf(header, major)
  const session = await useDynamoSession(event, h3Options)
  if (session.id !== undefined || !session.isNew || Object.keys(session.data).length > 0) throw new Error('not a fresh session')
  if ((cookies() as unknown[]).length > 0) throw new Error('a cookie was sent')
}
const h3Options = { ...options, secretKey: SECRET, name: `__Host-${NAME}` }

const storages = {
  'React Router': createDynamoSessionStorage({ ...options, secretKey: SECRET, cookie: { name: NAME } }),
  'Remix 2': createRemix2Storage({ ...options, secretKey: SECRET, cookie: { name: NAME } }),
}

async function viaStorage(name: keyof typeof storages, header: unknown): Promise<void> {
  const storage = storages[name]
  const session = await storage.getSession(header as string)
  if (session.id !== '' || Object.keys(session.data).length > 0) throw new Error('not a fresh session')
  if ((await storage.commitSession(session as never)) !== '') throw new Error('a cookie was sent')
}

const remix3 = createRemix3Storage(options)

async function viaRemix3(value: unknown): Promise<void> {
  const session = await remix3.read(value as string)
  if (session.id === value || !isId(session.id) || session.size > 0) throw new Error('not a fresh session')
  if ((await remix3.save(session)) !== null) throw new Error('a cookie was sent')
}

function nothingHappened(): void {
  expect(client.send).not.toHaveBeenCalled()
  expect(errorHandler).not.toHaveBeenCalled()
}

/** Batches keep fast-check's own work small; a failure is shrunk to one header all the same. */
const BATCH = 25

async function checkAll<Input>(inputs: fc.Arbitrary<Input>, use: (input: Input) => Promise<void>): Promise<void> {
  client.send.mockClear()
  errorHandler.mockClear()
  const property = fc.asyncProperty(fc.array(inputs, { minLength: BATCH, maxLength: BATCH }), async (batch) => {
    for (const input of batch) {
      await use(input)
      if (client.send.mock.calls.length + errorHandler.mock.calls.length > 0) {
        client.send.mockClear()
        errorHandler.mockClear()
        throw new Error('a request was sent')
      }
    }
  })
  await check(property, COOKIES / 5 / BATCH)
}

describe('a bad cookie is a fresh session without a request', { timeout: 600_000 }, () => {
  it.each(['React Router', 'Remix 2'] as const)('in %s', async (name) => {
    await checkAll(await badHeaders(signers[name]), (header) => viaStorage(name, header))
  })

  it.each([1, 2] as const)('in h3 %i', async (major) => {
    const headers = await badHeaders(signers.h3)
    await checkAll(headers, (header) => viaH3(header.replaceAll(`${NAME}=`, `__Host-${NAME}=`), major))
  })

  it('in Remix 3, whose middleware hands over the value', async () => {
    const nearly = fc.string({ unit: fc.constantFrom(...'aZ09_-'), minLength: 1, maxLength: 200 })
    const values = fc.oneof(
      trickyText,
      fc.base64String({ maxLength: 300 }),
      nearly,
      fc.tuple(nearly, fc.constantFrom('\n', '\0', ' ', '/', '=', 'é')).map((parts) => parts.join('')),
      fc.constantFrom('a'.repeat(20_000), null, undefined, 7, {}, [], { length: 43 }),
    )
    await checkAll(
      values.filter((value) => !isId(value)),
      viaRemix3,
    )
  })

  it('also where the header is repeated, no text or not there', async () => {
    const good = await signers.h3(idOf(1), SECRET)
    for (const header of [undefined, null, '', [], [`${NAME}=${good}`], ['a=1', 'b=2'], {}, 7, { length: 3 }, Symbol('cookie')]) {
      await viaStorage('React Router', header)
      await viaStorage('Remix 2', header)
      await viaH3(header, 1)
      if (header === undefined || header === null || typeof header === 'string') await viaH3(header, 2)
    }
    for (const event of [{ context: {} }, { context: {}, req: {} }, { context: {}, req: { headers: {} } }]) {
      expect((await useDynamoSession(event as unknown as SessionEvent, h3Options)).isNew).toBe(true)
    }
    nothingHappened()
  })

  it('while a good one among bad ones is asked for: these tests can fail', async () => {
    const bad = `${NAME}=%E0; __proto__=x; `
    for (const name of ['React Router', 'Remix 2'] as const) {
      client.send.mockClear()
      await expect(storages[name].getSession(`__proto__=x; ${NAME}=${await signers[name](idOf(1), SECRET)}`)).rejects.toThrow()
      expect(client.send, name).toHaveBeenCalledOnce()
    }
    for (const major of [1, 2] as const) {
      client.send.mockClear()
      const header = `${bad}${NAME}=${await signers.h3(idOf(1), SECRET)}`.replaceAll(`${NAME}=`, `__Host-${NAME}=`)
      await expect(viaH3(header, major)).rejects.toThrow()
      expect(client.send).toHaveBeenCalledOnce()
    }
    client.send.mockClear()
    await expect(remix3.read(idOf(1))).rejects.toThrow()
    expect(client.send).toHaveBeenCalledOnce()
  })
})
