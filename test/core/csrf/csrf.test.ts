// Who passes, by what browsers say about a request; and the token, where they say nothing.
import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createCsrf } from '../../../src/index.ts'
import type { CsrfRequest } from '../../../src/index.ts'
import { sign } from '../../../src/core/base/signature.ts'

const KEY = 'a long and random secret, of 32 characters at least'
const ID = 'x'.repeat(43)
const csrf = createCsrf({ secretKey: KEY, origins: ['https://pay.example.org'], except: ['/webhooks'] })

const post = (headers: Record<string, string> = {}, more: Partial<CsrfRequest> = {}): CsrfRequest => ({
  method: 'POST',
  url: '/',
  headers: { host: 'shop.example.com', ...headers },
  ...more,
})
/** The reason why, or that it passes. */
const judge = (request: CsrfRequest, more: { token?: unknown; isSecure?: boolean } = {}, id: string | undefined = ID): Promise<string> =>
  csrf.verify(request, id, more).then(
    () => 'passes',
    (error: { reason?: string; status?: number; code?: string }) =>
      error.status === 403 && error.code === 'CSRF' ? String(error.reason) : String(error),
  )

describe('a request that changes something', () => {
  it.each([
    ['same-origin', undefined, 'passes'],
    ['same-origin', 'null', 'passes'],
    ['same-site', undefined, 'cross-site'],
    ['same-site', 'https://evil.example.com', 'cross-site'],
    ['cross-site', undefined, 'cross-site'],
    ['cross-site', 'null', 'cross-site'],
    ['cross-site', 'https://shop.example.com', 'cross-site'],
    ['no such site', undefined, 'cross-site'],
    ['', undefined, 'cross-site'],
    ['none', undefined, 'no-token'],
    ['none', 'https://shop.example.com', 'passes'],
    ['none', 'https://evil.example', 'origin'],
    [undefined, 'https://shop.example.com', 'passes'],
    [undefined, 'http://shop.example.com', 'passes'],
    [undefined, 'https://shop.example.com:8443', 'origin'],
    [undefined, 'https://evil.example', 'origin'],
    [undefined, 'https://shop.example.com.evil.example', 'origin'],
    [undefined, 'https://shop.example.com/', 'origin'],
    [undefined, '', 'origin'],
    [undefined, 'null', 'no-token'],
    [undefined, undefined, 'no-token'],
    ['cross-site', 'https://pay.example.org', 'passes'],
    [undefined, 'https://pay.example.org', 'passes'],
  ])('from the site %s and the origin %s: %s', async (site, origin, expected) => {
    const headers = { ...(site === undefined ? {} : { 'sec-fetch-site': site }), ...(origin === undefined ? {} : { origin }) }
    expect(await judge(post(headers))).toBe(expected)
  })

  it('passes by a token only where no browser says that it comes from elsewhere', async () => {
    const token = csrf.tokenOf(ID)
    const sites = [{}, { origin: 'null' }, { 'sec-fetch-site': 'none' }] as Record<string, string>[]
    for (const headers of sites) expect(await judge(post(headers), { token })).toBe('passes')
    for (const site of ['cross-site', 'same-site']) expect(await judge(post({ 'sec-fetch-site': site }), { token })).toBe('cross-site')
    expect(await judge(post({ origin: 'https://evil.example' }), { token })).toBe('origin')
  })

  it('comes by https where the cookie is Secure, whatever the port', async () => {
    expect(await judge(post({ origin: 'http://shop.example.com' }), { isSecure: true })).toBe('origin')
    expect(await judge(post({ origin: 'https://shop.example.com' }), { isSecure: true })).toBe('passes')
    expect(await judge(post({ origin: 'https://shop.example.com:8443', host: 'shop.example.com:8443' }), { isSecure: true })).toBe('passes')
    expect(await judge(post({ origin: 'https://shop.example.com', host: 'shop.example.com:443' }))).toBe('passes')
    expect(await judge(post({ origin: 'https://shop.example.com', host: 'SHOP.example.com' }))).toBe('passes')
    expect(await judge(post({ origin: 'https://shop.example.com', host: 'not a host' }))).toBe('origin')
  })

  it('is one of any method but the four that change nothing', async () => {
    const evil = { 'sec-fetch-site': 'cross-site' }
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'get']) expect(await judge(post(evil, { method }))).toBe('passes')
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'post', 'PROPFIND', ''])
      expect(await judge(post(evil, { method }))).toBe('cross-site')
  })

  it('goes to a path that anybody may use, or below it', async () => {
    for (const url of ['/webhooks', '/webhooks/stripe', '/webhooks?x=1', 'https://shop.example.com/webhooks/a'])
      expect(await judge(post({}, { url }))).toBe('passes')
    for (const url of [
      '/webhooks-not',
      '/web',
      '/a/webhooks',
      '//a/webhooks',
      '/webhooks/../account',
      '/webhooks/%2e%2e/account',
      '/?/webhooks',
    ])
      expect(await judge(post({}, { url }))).toBe('no-token')
  })
})

describe('a token', () => {
  const unmasked = (token: string): string => {
    const bytes = Buffer.from(token, 'base64url')
    return Buffer.from(bytes.subarray(0, 32).map((byte, index) => byte ^ (bytes[32 + index] as number))).toString('hex')
  }

  it('is the HMAC of the id in a domain of its own, under another mask at each call', () => {
    const tokens = Array.from({ length: 50 }, () => csrf.tokenOf(ID))
    expect(new Set(tokens).size).toBe(50)
    for (const token of tokens) expect(token).toMatch(/^[\w-]{86}$/)
    const expected = createHmac('sha256', KEY).update(`csrf\0${ID}`).digest('hex')
    expect([...new Set(tokens.map(unmasked))]).toEqual([expected])
    // No signature of a cookie is one: their values have no such character.
    for (const value of [ID, `csrf${ID}`, `csrf:${ID}`])
      expect(Buffer.from(sign(value, KEY).split('.')[1] as string, 'base64').toString('hex')).not.toBe(expected)
  })

  it('is of one session, and of one secret', async () => {
    const token = csrf.tokenOf(ID)
    expect(await judge(post(), { token })).toBe('passes')
    expect(await judge(post(), { token }, 'y'.repeat(43))).toBe('token')
    expect(await judge(post(), { token: createCsrf({ secretKey: `${KEY}!` }).tokenOf(ID) })).toBe('token')
    await expect(csrf.verify(post(), undefined, { token })).rejects.toMatchObject({ reason: 'token' })
  })

  it('counts by every secret of a list, and is made by the first', async () => {
    const old = csrf.tokenOf(ID)
    const rotated = createCsrf({ secretKey: [`${KEY} of today`, KEY] })
    await rotated.verify(post(), ID, { token: old })
    await rotated.verify(post(), ID, { token: rotated.tokenOf(ID) })
    await expect(csrf.verify(post(), ID, { token: rotated.tokenOf(ID) })).rejects.toMatchObject({ reason: 'token' })
  })

  it('is no text of another shape or content', async () => {
    expect(await judge(post(), { token: '' })).toBe('no-token')
    for (const token of ['x', 'A'.repeat(86), 'A'.repeat(85), 'é'.repeat(86), 'A'.repeat(100_000)])
      expect(await judge(post(), { token })).toBe('token')
  })

  it('is no file, list or object', async () => {
    const token = csrf.tokenOf(ID)
    for (const odd of [[token], { toString: () => token }, new File([token], 'token'), 1, null])
      expect(await judge(post(), { token: odd })).toBe(odd === null ? 'no-token' : 'token')
  })

  it('is found in the header or in the field of a form, which stays readable', async () => {
    const token = csrf.tokenOf(ID)
    expect(await judge(post({ 'x-csrf-token': token }))).toBe('passes')
    const multipart = new FormData()
    multipart.set('_csrf', token)
    for (const body of [new URLSearchParams({ _csrf: token, a: '1' }), multipart]) {
      const sent = new Request('https://shop.example.com/', { method: 'POST', body })
      const bytes = await sent.arrayBuffer()
      const headers = { 'content-type': sent.headers.get('content-type') as string, 'content-length': String(bytes.byteLength) }
      const request = new Request(sent.url, { method: 'POST', body: bytes, headers })
      expect(await judge(request)).toBe('passes')
      expect((await request.formData()).get('_csrf')).toBe(token)
      // What does not say its length, or is too long, is not read; nor JSON.
      const unread = [
        { ...headers, 'content-length': '' },
        { ...headers, 'content-length': '1048577' },
        { ...headers, 'content-type': 'text/plain' },
      ]
      for (const odd of unread) expect(await judge(new Request(sent.url, { method: 'POST', body: bytes, headers: odd }))).toBe('no-token')
    }
  })
})

describe('options', () => {
  it.each([
    ['origins', ['shop.example.com']],
    ['origins', ['https://shop.example.com/']],
    ['origins', ['null']],
    ['origins', ['*']],
    ['origins', 'https://a.b'],
    ['except', ['webhooks']],
    ['except', '/'],
  ])('refuse %s: %o', (name, value) => {
    expect(() => createCsrf({ secretKey: KEY, [name as string]: value })).toThrow(`Option \`${name}\``)
  })

  it('want a secret, and name the remedy', () => {
    for (const secretKey of [undefined, '', [], [''], [KEY, undefined]])
      expect(() => createCsrf({ secretKey: secretKey as string })).toThrow('give createCsrf a long random text')
  })

  it('want a request', async () => {
    await expect(csrf.verify({} as CsrfRequest, ID)).rejects.toThrow('Argument `request` must be a request')
    await expect(csrf.verify({ headers: {} }, ID)).rejects.toThrow('Argument `request.method` must be')
  })
})
