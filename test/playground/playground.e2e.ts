import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { deleteSessionTable } from '../../src/index.ts'
import { attribute, cookieOf, createVisitor, end, killAll, run, shown, start as startOn } from './playground.ts'
import type { Playground, Visitor } from './playground.ts'

let folder: string
let server: Playground
const start = (more?: Record<string, string>): Promise<Playground> => startOn(folder, more)
/** At the address that the server has by then. */
const createBrowser = (cookie?: string, url?: string): Visitor => createVisitor(cookie, () => url ?? server.url)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'playground-'))
  server = await start()
})

afterAll(async () => {
  killAll()
  await rm(folder, { recursive: true, force: true })
})

describe('the playground', () => {
  it('keeps a session from log-in to log-out, through a restart and a kill', async () => {
    const browser = createBrowser()
    expect(shown(await browser.view(), 'user')).toBe('not logged in')
    expect(browser.cookie).toBeUndefined()

    expect(shown(await browser.press('count'), 'count')).toBe('1')
    const before = browser.cookie
    expect(shown(await browser.press('log-in', { name: 'Ada' }), 'user')).toBe('Ada')
    expect(browser.cookie).not.toBe(before)
    expect(shown(await browser.press('count'), 'count')).toBe('2')
    // Logging in moved the session: the id from before is worth nothing.
    expect(shown(await createBrowser(before).view(), 'user')).toBe('not logged in')

    expect(await end(server, 'SIGTERM')).toBe(0)
    server = await start()
    const page = await browser.view()
    expect([shown(page, 'user'), shown(page, 'count')]).toEqual(['Ada', '2'])

    expect(shown(await browser.press('count'), 'count')).toBe('3')
    await end(server, 'SIGKILL')
    server = await start()
    expect(shown(await browser.view(), 'count')).toBe('3')

    const old = browser.cookie
    expect(shown(await browser.press('destroy'), 'user')).toBe('not logged in')
    expect(browser.cookie).toBeUndefined()
    const after = await createBrowser(old).view()
    expect(shown(after, 'user')).toBe('not logged in')
    expect(shown(after, 'state')).toContain('destroyed')
  })

  it('shows a flash message exactly once', async () => {
    const browser = createBrowser()
    expect(shown(await browser.press('flash'), 'message')).toBe('This message is shown once.')
    expect(shown(await browser.view(), 'message')).toBeUndefined()
  })

  it('asks for a page view once, and writes nothing when nothing changed', async () => {
    const browser = createBrowser()
    await browser.press('count')
    for (const page of [await browser.view(), await browser.view()]) {
      expect(shown(page, 'cost')).toContain('1 request ')
      expect(shown(page, 'operations')).toBe('GetItem')
    }
  })

  it('shows the item, and neither the id nor the cookie', async () => {
    const browser = createBrowser()
    const page = await browser.press('log-in', { name: 'Ada' })
    expect(JSON.parse(attribute(page, 'data') ?? '')).toEqual({ user: 'Ada' })
    expect(attribute(page, 'session_id')).toMatch(/^[0-9a-f]{64}$/)
    expect(attribute(page, 'user_id')).toBe('Ada')
    expect(page).toContain(`data-until="${attribute(page, 'expire_at')}"`)
    const [value = ''] = decodeURIComponent(browser.cookie?.split('=')[1] ?? '').split('.')
    const id = JSON.parse(Buffer.from(value, 'base64').toString()) as string
    expect(id).toMatch(/^[\w-]{43}$/)
    expect(page).not.toContain(id)
    expect(page).not.toContain(value)
  })

  it('extends a session, and ends it at once', async () => {
    const browser = createBrowser()
    const first = Number(attribute(await browser.press('log-in', { name: 'Ada' }), 'expire_at'))
    expect(first - Date.now() / 1000).toBeCloseTo(600, -2)
    const extended = Number(attribute(await browser.press('extend'), 'expire_at'))
    expect(extended - first).toBeCloseTo(3000, -2)
    const page = await browser.press('expire')
    expect(shown(page, 'user')).toBe('not logged in')
    expect(shown(page, 'state')).toContain('Expired')
    expect(Number(attribute(page, 'expire_at'))).toBeLessThanOrEqual(Date.now() / 1000)
  })

  describe.each(['/', '/h3', '/web', '/express', '/b', '/b/h3', '/b/web', '/b/express'])('at %s', (path) => {
    const visitor = (cookie?: string) => createBrowser(cookie, new URL(path, server.url).href)

    it('creates, changes, regenerates and destroys a session', async () => {
      const browser = visitor()
      expect(shown(await browser.view(), 'id')).toBe('none')
      expect(browser.cookie).toBeUndefined()
      const first = await browser.press('count')
      expect([shown(first, 'count'), shown(first, 'id')]).toEqual(['1', 'in the browser’s cookie, and nowhere on this page'])
      expect(cookieOf(first)).toMatch(/^Set-Cookie: (b-)?(__session|(h3|web|express)-session)=…; .*Path=\/;.* HttpOnly; SameSite=Lax$/)
      expect(shown(await browser.press('note', { note: 'ten eggs' }), 'note')).toBe('ten eggs')
      const moved = await browser.press('regenerate')
      expect([shown(moved, 'count'), shown(moved, 'note')]).toEqual(['1', 'ten eggs'])
      expect(attribute(moved, 'session_id')).not.toBe(attribute(first, 'session_id'))
      expect(shown(await browser.press('note', { note: '' }), 'note')).toBeUndefined()
      expect(shown(await browser.press('flash'), 'message')).toBe('This message is shown once.')
      expect(shown(await browser.view(), 'message')).toBeUndefined()
      expect(shown(await browser.press('expire'), 'state')).toContain('Expired')
      expect(shown(await browser.press('count'), 'count')).toBe('1')
      expect(shown(await browser.press('destroy'), 'id')).toBe('none')
      expect(browser.cookie).toBeUndefined()
    })
  })

  // Of Express, whose cookie and data are express-session's, app.test.ts tells.
  describe.each(['/', '/h3', '/web', '/b/h3'])('at %s', (path) => {
    const visitor = (cookie?: string) => createBrowser(cookie, new URL(path, server.url).href)

    it('reads once for a page view, and never shows the id', async () => {
      const browser = visitor()
      await browser.press('log-in', { name: 'Ada' })
      const page = await browser.view()
      expect(shown(page, 'cost')).toMatch(/^This page view, #\d+: 1 request \(GetItem\)$/)
      const [value = ''] = decodeURIComponent(browser.cookie?.split('=')[1] ?? '').split('.')
      expect(value.length).toBeGreaterThan(40)
      expect(page).not.toContain(value)
    })

    it('counts under a lock, and merges what two servers change', async () => {
      const browser = visitor()
      await browser.press('log-in', { name: 'Ada' })
      await Promise.all([browser.post('count-locked'), browser.post('count-locked')])
      const before = await browser.view()
      expect(shown(before, 'count')).toBe('2')
      const after = await browser.press('race-merge')
      // What they write extends a session no further than the page itself does, and bounds it no more.
      const later = Number(attribute(after, 'expire_at')) - Number(attribute(before, 'expire_at'))
      expect([later, attribute(after, 'max_expire_at')]).toEqual([expect.closeTo(0, -1), attribute(before, 'max_expire_at')])
      expect(JSON.parse(attribute(after, 'data') ?? '')).toEqual({
        user: 'Ada',
        count: 2,
        'server 1': expect.any(String),
        'server 2': expect.any(String),
      })
      // Of one key the later write wins.
      expect(shown(await browser.press('race-same'), 'count')).toBe('3')
    })
  })

  it('logs out everywhere, on both pages', async () => {
    const [here, there] = [createBrowser(), createBrowser(undefined, `${server.url}h3`)]
    const other = createBrowser(undefined, `${server.url}h3`)
    for (const browser of [here, there]) expect(shown(await browser.press('log-in', { name: 'Grace' }), 'user')).toBe('Grace')
    await other.press('log-in', { name: 'Eve' })
    expect(shown(await there.press('destroy-all'), 'user')).toBe('not logged in')
    expect(there.cookie).toBeUndefined()
    expect(shown(await here.view(), 'user')).toBe('not logged in')
    expect(shown(await other.view(), 'user')).toBe('Eve')
  })

  it('clears a session on the h3 page, and lets in only who is logged in', async () => {
    const browser = createBrowser(undefined, `${server.url}h3`)
    const members = (): Promise<Response> => fetch(`${server.url}h3/members`, { headers: { cookie: browser.cookie ?? '' } })
    expect((await members()).status).toBe(401)
    const before = await browser.press('log-in', { name: 'Ada' })
    const welcome = await members()
    expect([welcome.status, await welcome.text()]).toEqual([200, expect.stringContaining('Welcome, Ada')])
    const after = await browser.press('clear')
    expect([shown(after, 'message'), shown(after, 'user')]).toEqual(['A new session, with nothing of the old one.', 'not logged in'])
    expect(attribute(after, 'session_id')).not.toBe(attribute(before, 'session_id'))
  })

  it.each([
    ['forged', '__session=ImFiYyI%3D.Zm9yZ2Vk'],
    ['unsigned', `__session=${btoa(JSON.stringify('a'.repeat(43)))}`],
    ['malformed', '__session=%E0%A4%A'],
    ['empty', '__session='],
  ])('starts a fresh session for a %s cookie, without a request', async (_, cookie) => {
    const browser = createBrowser(cookie)
    const page = await browser.view()
    expect(shown(page, 'cost')).toContain('0 requests')
    expect(shown(page, 'state')).toContain('None')
    expect(shown(await browser.press('count'), 'count')).toBe('1')
    expect(browser.cookie).not.toBe(cookie)
  })

  it('escapes whatever a visitor sends', async () => {
    const page = await createBrowser().press('log-in', { name: `</pre><script>alert('x')</script>"` })
    expect(page).not.toContain('<script>alert')
    expect(shown(page, 'user')).toBe('&lt;/pre&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;')
  })

  it.each([
    ['Sec-Fetch-Site', 'cross-site'],
    ['Sec-Fetch-Site', 'same-site'],
    ['Origin', 'https://evil.example'],
    ['Origin', 'null'],
  ])('refuses a form that comes with %s: %s', async (name, value) => {
    const browser = createBrowser()
    await browser.press('count')
    const { status } = await browser.post('count', {}, { [name]: value })
    expect(status).toBe(403)
    expect(shown(await browser.view(), 'count')).toBe('1')
  })

  it('does only what it has a button for', async () => {
    expect((await createBrowser().post('toString')).status).toBe(400)
  })

  it('keeps its secret to its owner', async () => {
    const { mode } = await stat(join(folder, 'secret'))
    expect(mode & 0o777).toBe(0o600)
  })

  it('ends soon although somebody looks at the live view', async () => {
    const events = await fetch(`${server.url}events`)
    const code = await end(server, 'SIGINT')
    // A stream that is broken off has no text to return.
    const text = await events.text().catch(String)
    server = await start()
    expect([code, text]).toEqual([0, expect.stringContaining('retry: 1000')])
  })

  it('says why it cannot start, and what to do', async () => {
    const { port } = new URL(server.url)
    for (const [more, message] of [
      [{ PORT: port }, `Port ${port} is taken: stop what listens there, or set PORT to another one.`],
      [{ PORT: 'http' }, 'PORT is not a port.'],
      [{ DYNAMODB_ENDPOINT: 'localhost:8000' }, 'DYNAMODB_ENDPOINT is localhost:8000; it must be a URL, as http://localhost:8000 is one.'],
      [{ PLAYGROUND_ENGINE: 'mysql' }, 'PLAYGROUND_ENGINE is mysql; it can be dynalite, endpoint or aws.'],
    ] as const) {
      const { child, output } = run(folder, { PLAYGROUND_DATA: join(folder, 'other'), npm_lifecycle_event: 'playground', ...more })
      // Where it starts it does not end.
      await expect.poll(() => child.exitCode, { timeout: 90_000 }).toBe(1)
      expect(output()).toContain(`The playground cannot start. ${message}\nPress Return to try again, or Ctrl-C to end.\n`)
      expect(output()).not.toContain('    at ')
    }
  })

  it('says why a second one on the same data cannot start', async () => {
    const { child, output } = run(folder, {})
    await expect.poll(() => child.exitCode, { timeout: 90_000 }).toBe(1)
    expect(output()).toContain('Is another playground running on it?')
    expect(output()).not.toContain('    at ')
    expect(shown(await createBrowser().press('count'), 'count')).toBe('1')
  })
})

describe.each(inject('engines'))('on DYNAMODB_ENDPOINT, $name', ({ endpoint }) => {
  it('keeps a session there', async () => {
    const tableName = `test-playground-${process.pid}`
    const other = await start({ DYNAMODB_ENDPOINT: endpoint, PLAYGROUND_TABLE: tableName })
    const browser = createBrowser(undefined, other.url)
    const page = await browser.press('log-in', { name: 'Ada' })
    expect(page).toContain(`Table ${tableName} on ${endpoint}`)
    expect(shown(page, 'user')).toBe('Ada')
    expect(await end(other, 'SIGTERM')).toBe(0)
    await deleteSessionTable({ tableName, endpoint })
  })
})
