// Any text for a host, which chooses the name of h3's cookie and whether it is `Secure`: only a local one, outside production, and one of
// the network around it, in development, may have the plain cookie, or a page of another host could plant it.
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { generateId } from '../../src/core/base/id.ts'
import { sign } from '../../src/core/base/signature.ts'
import { useDynamoSession } from '../../src/h3.ts'
import type { SessionEvent } from '../../src/h3.ts'
import { check, trickyText } from './input.ts'

const SECRET = 'the secret of these tests'
/** This machine's, and those near it. */
const HERE = ['localhost', 'app.localhost', '127.0.0.1', '127.0.0.2', '0.0.0.0', '[::1]']
const NEAR = [
  '192.168.1.20',
  '10.0.0.4',
  '172.16.0.1',
  '172.31.255.9',
  '169.254.1.1',
  '[fd12::1]',
  '[fe80::a]',
  'my-mac.local',
  'a.b.internal',
  'shop.test',
]

const send = vi.fn(async () => ({}))
const client = { send, middlewareStack: {}, config: {} } as unknown as DynamoDBClient
const options = { client, tableName: 'none', region: 'nowhere', secretKey: SECRET }

const local = fc
  .tuple(fc.constantFrom(...HERE, ...NEAR), fc.boolean(), fc.option(fc.nat({ max: 65_535 }), { nil: undefined }))
  .map(([name, isLoud, port]) => (isLoud ? name.toUpperCase() : name) + (port === undefined ? '' : `:${port}`))
/** What a careless comparison takes for local. */
const nearly = fc.oneof(
  fc.tuple(trickyText, local).map((parts) => parts.join('')),
  fc.tuple(local, trickyText).map((parts) => parts.join('')),
  fc
    .tuple(local, fc.constantFrom('.', ':', ':a', ':80.shop.example', '.shop.example', '@shop.example', '\n', '\nshop.example', ' '))
    .map((parts) => parts.join('')),
  fc.tuple(fc.constantFrom('evil-', 'shop.example\n', 'a.', 'ada@', ' ', '//'), local).map((parts) => parts.join('')),
  fc.constantFrom('127a0b0c1', '127.0.0.', '::1', '[::1', 'localhos', 'localhost,localhost', '0.0.0', '[0:0:0:0:0:0:0:1]', '[::1].local'),
  fc.constantFrom(
    '172.15.0.1',
    '172.32.0.1',
    '11.0.0.1',
    '192.169.0.1',
    '10.0.0.1.shop.example',
    'local',
    '.local',
    'my_mac.local',
    'a..test',
    '[fe80::a',
    '[fec0::1]',
    '[ff02::1]',
  ),
)
const hosts = fc.oneof(local, nearly, trickyText, fc.domain())

type Mode = 'production' | 'development' | ''

function isLocal(host: string, mode: Mode): boolean {
  return mode !== 'production' && (placeOf(host) === 'here' || (mode === 'development' && placeOf(host) === 'near'))
}

/** By hand, and not by the pattern that is tested. */
function placeOf(host: string): 'here' | 'near' | 'far' {
  const colon = host.lastIndexOf(':') > host.lastIndexOf(']') ? host.lastIndexOf(':') : host.length
  if (colon < host.length && !isMadeOf(host.slice(colon + 1), '0123456789')) return 'far'
  const name = host.slice(0, colon).toLowerCase()
  if (name.startsWith('[')) return HERE.includes(name) ? 'here' : NEAR.includes(name) ? 'near' : 'far'
  const labels = name.split('.')
  const last = labels.at(-1) as string
  if (!labels.every((label) => isMadeOf(label, 'abcdefghijklmnopqrstuvwxyz0123456789-'))) return 'far'
  if (last === 'localhost') return 'here'
  if (labels.length > 1 && ['local', 'internal', 'test'].includes(last)) return 'near'
  if (labels.length !== 4 || !labels.every((label) => label.length <= 3 && isMadeOf(label, '0123456789'))) return 'far'
  const [first, second] = labels.map(Number) as [number, number]
  if (first === 127 || name === '0.0.0.0') return 'here'
  const isPrivate =
    first === 10 ||
    (first === 172 && second >= 16 && second <= 31) ||
    `${first}.${second}` === '192.168' ||
    `${first}.${second}` === '169.254'
  return isPrivate ? 'near' : 'far'
}

function isMadeOf(text: string, characters: string): boolean {
  return text !== '' && [...text].every((one) => characters.includes(one))
}

interface Page {
  readonly event: SessionEvent
  cookies(): string[]
}

/** Where each major finds the host: in the header, in HTTP/2's place of it, and in the address. */
const PLACES: Record<string, (host: string, cookie: string) => Page> = {
  'h3 1, header': (host, cookie) => page1({ host, cookie }),
  'h3 1, :authority': (host, cookie) => page1({ ':authority': host, cookie }),
  'h3 2, header': (host, cookie) => page2({ host, cookie }),
  'h3 2, :authority': (host, cookie) =>
    page2({ cookie }, { node: { req: { headers: { ':authority': host } }, res: {} }, url: { host: 'localhost' } }),
  'h3 2, address': (host, cookie) => page2({ cookie }, { url: { host } }),
}

function page1(headers: Record<string, string>): Page {
  let sent: string[] = []
  const res = { getHeader: () => sent, setHeader: (name: string, value: string[]) => name === 'set-cookie' && (sent = value) }
  return { event: { context: {}, node: { req: { headers }, res } } as unknown as SessionEvent, cookies: () => sent }
}

function page2(headers: Record<string, string>, more: object = {}): Page {
  const res = { headers: new Headers() }
  const req = { headers: { get: (name: string) => headers[name] ?? null } }
  return { event: { context: {}, req, res, ...more } as unknown as SessionEvent, cookies: () => res.headers.getSetCookie() }
}

describe('any host', { timeout: 300_000 }, () => {
  it.each(Object.entries(PLACES))('has a Secure __Host- cookie, unless it is local in development (%s)', async (_place, open) => {
    const seen = { plain: 0, secure: 0 }
    const property = fc.asyncProperty(hosts, fc.constantFrom<Mode>('production', 'development', ''), async (host, mode) => {
      vi.stubEnv('NODE_ENV', mode)
      const isPlain = isLocal(host, mode)
      seen[isPlain ? 'plain' : 'secure']++
      send.mockClear()
      // Signed as it should be, but by the name that this host does not have.
      const planted = `${isPlain ? '__Host-session' : 'session'}=${encodeURIComponent(sign(generateId(), SECRET))}`
      const { event, cookies } = open(host, planted)
      const session = await useDynamoSession<{ a?: number }>(event, options)
      expect([session.id, session.isNew, send.mock.calls.length, cookies()]).toEqual([undefined, true, 0, []])
      await session.update({ a: 1 })
      expect(send).toHaveBeenCalledOnce()
      const [name, ...attributes] = (cookies()[0] ?? '').split(/=|; /)
      expect([cookies().length, name, attributes.includes('Secure')]).toEqual([1, isPlain ? 'session' : '__Host-session', !isPlain])
    })
    const runs = await check(property, 1600, 400)
    expect(Math.min(seen.plain, seen.secure)).toBeGreaterThan(runs / 40)
  })
})
