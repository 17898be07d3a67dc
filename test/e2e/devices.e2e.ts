// The example of a page of devices, in Chromium with two profiles.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BrowserContext, Page } from 'playwright-core'
import { inChromium, shoot } from './chromium.ts'
import { bareEnvironment, startServer } from './server.ts'

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'
const SAFARI = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1'
const MONTH = 30 * 24 * 60 * 60

inChromium('your devices', (chromium) => {
  let server: Awaited<ReturnType<typeof startServer>>
  let origin: string

  beforeAll(async () => {
    server = await startServer(process.cwd(), ['--import', 'tsx', 'examples/start.js', 'devices'], bareEnvironment())
    // Chromium trusts this host with secure cookies.
    origin = server.origin.replace('127.0.0.1', 'localhost')
  }, 60_000)
  afterAll(() => server?.stop())

  async function profile(userAgent: string): Promise<{ context: BrowserContext; page: Page }> {
    const context = await chromium.newContext({ userAgent })
    return { context, page: await context.newPage() }
  }
  const press = (page: Page, selector: string): Promise<unknown> => Promise.all([page.waitForEvent('load'), page.click(selector)])
  async function logIn(page: Page, user: string, remember: boolean): Promise<void> {
    await page.goto(`${origin}/login`)
    await page.fill('[name=user]', user)
    if (remember) await page.check('[name=remember]')
    await press(page, 'button')
  }
  const devices = async (page: Page): Promise<string[]> => {
    await page.goto(`${origin}/devices`)
    return (await page.locator('li').allInnerTexts())
      .map((text) =>
        text
          .replace(/, last active \S+/, '')
          .replace(/\s+/g, ' ')
          .trim(),
      )
      .toSorted()
  }
  /** Seconds that the session's cookie lives; -1: until the browser is closed. */
  const cookieLife = async (context: BrowserContext): Promise<number> => {
    const [cookie] = await context.cookies(origin)
    return cookie === undefined ? 0 : cookie.expires === -1 ? -1 : Math.round(cookie.expires - Date.now() / 1000)
  }

  test('are listed, ended one by one or all others, and remembered as long as was ticked', async () => {
    const [desk, phone] = await Promise.all([profile(FIREFOX), profile(SAFARI)])
    await logIn(desk.page, 'ada', true)
    await logIn(phone.page, 'ada', false)
    const remembered = await cookieLife(desk.context)
    expect(Math.abs(remembered - MONTH)).toBeLessThan(60)
    expect(await cookieLife(phone.context)).toBe(-1)
    expect(await devices(desk.page)).toEqual(['Firefox on Windows this device', 'Safari on iPhone Log out'])
    expect(await devices(phone.page)).toEqual(['Firefox on Windows Log out', 'Safari on iPhone this device'])
    await shoot(phone.page, 'devices')

    // The phone ends at the desk's word.
    await devices(desk.page)
    await press(desk.page, 'li button')
    expect(await devices(phone.page)).toEqual([])
    expect(phone.page.url()).toBe(`${origin}/login`)
    expect(await devices(desk.page)).toEqual(['Firefox on Windows this device'])

    // Another user there: a key of hers is no use to ada.
    await logIn(phone.page, 'eve', false)
    await logIn(desk.page, 'ada', true)
    const other = await profile(FIREFOX)
    await logIn(other.page, 'eve', false)
    await devices(other.page)
    const key = await other.page.getAttribute('li button', 'value')
    expect(key).toMatch(/^[0-9a-f]{64}$/)
    await desk.page.evaluate(async (hers) => {
      await fetch('/devices/end', { method: 'POST', body: new URLSearchParams({ key: hers as string }) })
    }, key)
    expect(await devices(phone.page)).toEqual(['Firefox on Windows Log out', 'Safari on iPhone this device'])

    // All others at once, in a session that was just authenticated.
    await logIn(phone.page, 'ada', true)
    expect(await devices(desk.page)).toContain('Safari on iPhone Log out')
    await press(phone.page, '[action="/devices/end-others"] button')
    expect(await devices(phone.page)).toEqual(['Safari on iPhone this device'])
    expect(await devices(desk.page)).toEqual([])
    expect(await devices(other.page)).not.toEqual([])
  }, 40_000)
})
