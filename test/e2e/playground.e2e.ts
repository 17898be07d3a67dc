// The playground as `npm run playground` starts it, in Chromium.
import { spawn } from 'node:child_process'
import { mkdtemp, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { freePort } from '../engines/index.ts'
import { errorsOf, inChromium, shoot } from './chromium.ts'
import { bareEnvironment } from './server.ts'

const ROOT = join(import.meta.dirname, '../..')
const USER = 'Ada'
/** What the watcher prints. */
const CHANGE = '[tsx] change in'
/** On a machine that builds other things meanwhile, a start takes ten seconds and more. */
const IN_TIME = { timeout: 60_000 }

inChromium('the playground in Chromium', (chromium) => {
  let folder: string
  let playground: Awaited<ReturnType<typeof startPlayground>>

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'playground-'))
    playground = await startPlayground(folder)
  })
  afterAll(async () => {
    if (playground?.isRunning()) playground.send('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  /** A browser of its own, and what went wrong in it. */
  async function visitor(options: BrowserContextOptions = {}): Promise<{ page: Page; errors: string[] }> {
    const context = await chromium.newContext(options)
    onTestFinished(() => context.close())
    const page = await context.newPage()
    page.setDefaultTimeout(IN_TIME.timeout)
    return { page, errors: errorsOf(page) }
  }

  test('a user counts, logs in, moves to a new id and logs out everywhere, on both pages', async () => {
    const { page, errors } = await visitor()
    await page.goto(playground.url)
    expect(await shown(page, 'user')).toBe('not logged in')
    expect(await page.context().cookies()).toEqual([])
    expect(await page.isDisabled('button[value=regenerate]')).toBe(true)
    await shoot(page, 'playground-new')

    await press(page, 'count')
    await press(page, 'count')
    expect(await shown(page, 'count')).toBe('2')
    await press(page, 'flash')
    expect(await shown(page, 'message')).toBe('This message is shown once.')
    await page.reload()
    expect(await page.locator('[data-show=message]').count()).toBe(0)

    const ids = [await cookieOf(page, '__session')]
    for (const intent of ['log-in', 'regenerate']) {
      await press(page, intent)
      ids.push(await cookieOf(page, '__session'))
    }
    expect(new Set(ids).size).toBe(3)
    expect([await shown(page, 'user'), await shown(page, 'count')]).toEqual([USER, '2'])
    expect(await page.evaluate('document.cookie')).toBe('')
    await expect.poll(() => page.textContent('[data-until]'), IN_TIME).toMatch(/^in 9 min \d+ s$/)
    await shoot(page, 'playground-react-router')

    // The other page has a session of its own, in the same table.
    const table = await page.textContent('header p')
    await Promise.all([page.waitForEvent('load'), page.click('nav >> text=h3')])
    expect([await page.textContent('header p'), await shown(page, 'user')]).toEqual([table, 'not logged in'])
    await press(page, 'log-in')
    await press(page, 'race-merge')
    expect(Object.keys(JSON.parse((await page.textContent('[data-attribute=data]')) ?? '') as object)).toEqual([
      'user',
      'server 1',
      'server 2',
    ])
    await shoot(page, 'playground-h3')

    const elsewhere = await visitor()
    await elsewhere.page.goto(`${playground.url}h3`)
    await press(elsewhere.page, 'log-in')
    await press(elsewhere.page, 'destroy-all')
    expect(await shown(elsewhere.page, 'user')).toBe('not logged in')
    for (const path of ['', 'h3']) {
      await page.goto(playground.url + path)
      expect([path, await shown(page, 'user')]).toEqual([path, 'not logged in'])
      expect(await shown(page, 'state')).toContain('destroyed')
    }
    expect([...errors, ...elsewhere.errors]).toEqual([])
  })

  test("the live view shows the requests of every browser's visits", async () => {
    const { page: watcher, errors } = await visitor()
    await watcher.goto(playground.url)
    await isListening(watcher)
    const { page } = await visitor({ viewport: { width: 375, height: 800 }, colorScheme: 'dark' })
    await page.goto(`${playground.url}h3`)
    await press(page, 'log-in')
    await press(page, 'count')

    const view = watcher.locator('[data-live=visits] > li').first()
    await view.filter({ hasText: 'GET /h3' }).waitFor()
    await expect.poll(() => view.innerText(), IN_TIME).toMatch(/^#\d+ GET \/h3 1 request, 1 unit, [\d.]+ ms\nrequest GetItem /)
    const count = watcher.locator('[data-live=visits] > li', { hasText: 'POST /h3 count' })
    expect(await count.innerText()).toMatch(/\nrequest UpdateItem .*\nwrite update [0-9a-f]{8}… written 1 request, /)
    const key = await page.textContent('[data-attribute=session_id]')
    expect(await count.locator('code').last().getAttribute('title')).toBe(key)
    const live = await watcher.locator('[data-live=visits]').innerHTML()
    for (const secret of [USER, decodeURIComponent(await cookieOf(page, 'h3-session')).slice(0, 43)]) expect(live).not.toContain(secret)

    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(375)
    await shoot(watcher, 'playground-live')
    await shoot(page, 'playground-phone-dark')
    expect(errors).toEqual([])
  })

  test('the live view shows text, never markup', async () => {
    const { page, errors } = await visitor()
    const markup = '<img src=x onerror=alert(1)>'
    const message = { channel: markup, visit: 1, label: markup, operation: markup, key: markup, outcome: markup, milliseconds: 1 }
    const body = `data: ${JSON.stringify(message)}\n\n`
    await page.route('**/events', (route) => route.fulfill({ contentType: 'text/event-stream', body }))
    await page.goto(playground.url)
    const visit = page.locator('[data-live=visits] > li').first()
    expect((await visit.innerText()).split(markup)).toHaveLength(5)
    expect(await page.locator('img').count()).toBe(0)
    expect(errors).toEqual([])
  })

  /** Whatever the test before left it at: one that is about to start again comes up. */
  async function isUp(): Promise<void> {
    await expect.poll(playground.isSteady, { ...IN_TIME, message: playground.output() }).toBe(true)
    expect((await fetch(playground.url)).status).toBe(200)
  }
  const change = (file: string): Promise<void> => utimes(join(ROOT, 'playground', file), new Date(), new Date())

  test.each(['server.ts', 'client/style.css', 'client/live.js'])(
    'a change of %s restarts it, sessions and live views go on',
    async (file) => {
      await isUp()
      const { page } = await visitor()
      await page.goto(playground.url)
      await press(page, 'count')
      await isListening(page)
      const starts = playground.starts()
      await change(file)
      await expect.poll(playground.starts, IN_TIME).toBe(starts + 1)
      // It has forgotten what it told before.
      await page.waitForSelector('[data-live=status] >> text=Listening')
      const { page: other } = await visitor()
      await other.goto(playground.url)
      await page.waitForSelector('[data-live=visits] >> text=GET /')
      await page.reload()
      expect(await shown(page, 'count')).toBe('1')
    },
  )

  test('a change while it restarts is not missed, and ends in a playground that runs', async () => {
    await isUp()
    const restarts = playground.restarts()
    await change('server.ts')
    await expect.poll(playground.restarts, IN_TIME).toBe(restarts + 1)
    await change('client/style.css')
    await expect.poll(playground.restarts, IN_TIME).toBe(restarts + 2)
    await isUp()
  })

  test('Ctrl-C ends all of it soon, with a live view open', async () => {
    await isUp()
    const { page } = await visitor()
    await page.goto(playground.url)
    await isListening(page)
    const before = playground.output().length
    playground.send('SIGINT')
    await expect.poll(playground.isRunning, IN_TIME).toBe(false)
    await page.waitForSelector('[data-live=status] >> text=The server does not answer.')
    expect(playground.output().slice(before)).not.toMatch(/error|warning|forc/i)
  })
})

/** Presses it in the first browser of the page, and waits for the page view that follows. */
async function press(page: Page, intent: string): Promise<void> {
  const numberOf = (): Promise<number> => page.getAttribute('[data-visit-number]', 'data-visit-number').then(Number)
  const before = await numberOf()
  await page.click(`button[value=${intent}]`)
  await expect.poll(numberOf, IN_TIME).toBeGreaterThan(before)
}

/** Once it does, it shows that or what happened lately. */
async function isListening(page: Page): Promise<void> {
  await page.waitForSelector('[data-live=status] >> text=/Listening|cost/')
}

async function shown(page: Page, name: string): Promise<string | undefined> {
  return (await page.textContent(`[data-show=${name}]`))?.trim()
}

async function cookieOf(page: Page, wanted: string): Promise<string> {
  const cookies = await page.context().cookies()
  return cookies.find(({ name }) => name === wanted)?.value ?? ''
}

/** In a process group of its own, which is what Ctrl-C interrupts. */
async function startPlayground(data: string): Promise<{
  url: string
  output(): string
  /** How often it has started so far. */
  starts(): number
  /** How many changes its watcher has told of. */
  restarts(): number
  /** Whether it has started since the last of them. */
  isSteady(): boolean
  /** Any process of it. */
  isRunning(): boolean
  /** To all of its processes. */
  send(signal: NodeJS.Signals | 0): void
}> {
  const env = { ...bareEnvironment(), PORT: String(await freePort()), PLAYGROUND_DATA: data, NODE_NO_WARNINGS: '1' }
  const child = spawn('npm', ['run', 'playground'], { cwd: ROOT, env, detached: true })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const send = (signal: NodeJS.Signals | 0): void => void process.kill(-(child.pid as number), signal)
  const isRunning = (): boolean => {
    try {
      send(0)
      return true
    } catch {
      return false
    }
  }
  const urls = (): string[] => [...output.matchAll(/ URL +(\S+)/g)].map(([, url = '']) => url)
  const url = await vi
    .waitUntil(() => urls()[0], IN_TIME)
    .catch(() => {
      send('SIGKILL')
      throw new Error(`The playground did not start: ${output}`)
    })
  return {
    url,
    output: () => output,
    starts: () => urls().length,
    restarts: () => output.split(CHANGE).length - 1,
    isSteady: () => output.lastIndexOf(' URL ') > output.lastIndexOf(CHANGE),
    isRunning,
    send,
  }
}
