// The Nuxt application in Chromium.
import { expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { errorsOf, inChromium, shoot } from './chromium.ts'

export const COOKIE = '__Host-session'
export const PIN = 'private-pin-4711'
/** Long enough to be in no hash by chance. */
export const USER = 'ada.lovelace'

/** The suite of what only a browser does. `originOf` is asked when it runs. */
export function testInChromium(originOf: () => string): void {
  inChromium('in Chromium', (chromium) => {
    let origin: string

    const userOf = (page: Page): Promise<string | null> => page.textContent('#user')

    async function logIn(page: Page, password = 'correct horse'): Promise<void> {
      await page.goto(`${origin}/login`)
      await page.fill('[name=user]', USER)
      await page.fill('[name=password]', password)
      await Promise.all([page.waitForEvent('load'), page.click('main button')])
    }

    test('a user logs in, goes about in two tabs, and logs out everywhere', async ({ onTestFinished }) => {
      // Chromium trusts this host with secure cookies.
      origin = originOf().replace('127.0.0.1', 'localhost')
      const [here, there] = await Promise.all([chromium.newContext(), chromium.newContext()])
      onTestFinished(async () => void (await Promise.all([here.close(), there.close()])))
      const page = await here.newPage()
      const errors = errorsOf(page)

      await page.goto(origin)
      expect(await userOf(page)).toBe('nobody')
      expect(await here.cookies()).toEqual([])
      await shoot(page, 'visitor')

      await logIn(page, 'wrong')
      expect(await page.textContent('#message')).toBe('Wrong password')
      await shoot(page, 'wrong-password')
      await logIn(page)
      await page.waitForSelector('#account')
      expect(await page.textContent('#account')).toBe(`Private page of ${USER}`)
      expect(await here.cookies()).toMatchObject([{ name: COOKIE, secure: true, httpOnly: true, sameSite: 'Lax', path: '/' }])
      expect(await page.evaluate('document.cookie')).toBe('')
      await shoot(page, 'account')

      // Within the page, then with a new one.
      await page.click('nav >> text=Home')
      await page.waitForSelector('#visits')
      expect(await userOf(page)).toBe(USER)
      await Promise.all([page.waitForEvent('load'), page.click('main button')])
      expect(await page.textContent('#visits')).toBe('1')
      await page.reload()
      expect([await userOf(page), await page.textContent('#visits')]).toEqual([USER, '1'])
      await shoot(page, 'home')
      expect(await page.content()).not.toContain(PIN)

      // What a browser does to its own copy reaches no session.
      await page.evaluate(
        "document.querySelector('#__nuxt').__vue_app__.$nuxt.payload.state['$sdynamodb-sessions'].data.userId = 'mallory'",
      )
      await page.waitForSelector('#user >> text=mallory')
      await page.click('main button')
      await page.waitForSelector('#visits >> text=2')
      expect(await userOf(page)).toBe(USER)
      await page.reload()
      expect(await userOf(page)).toBe(USER)

      const tab = await here.newPage()
      await tab.goto(`${origin}/account`)
      expect(await tab.textContent('#account')).toBe(`Private page of ${USER}`)
      const phone = await there.newPage()
      await logIn(phone)
      await phone.waitForSelector('#account')

      await page.click('nav >> text=Account')
      await page.waitForSelector('#account')
      // A document of its own, which the browser would keep and show again: without `no-store`, going back hangs here.
      await page.reload()
      expect(errors).toEqual([])
      await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Log out everywhere' }).click()])
      expect(await userOf(page)).toBe('nobody')
      expect(await here.cookies()).toEqual([])
      await shoot(page, 'logged-out')

      for (const other of [tab, phone]) {
        await other.reload()
        await other.waitForURL('**/login')
        expect(await userOf(other)).toBe('nobody')
      }
      await shoot(phone, 'phone-after-log-out')

      await page.goBack({ waitUntil: 'load', timeout: 10_000 })
      await page.waitForLoadState('networkidle')
      expect(await userOf(page)).toBe('nobody')
      expect(await page.content()).not.toContain('Private page of')
      await shoot(page, 'back-button')
    })

    test('a page asks for its session again, and forgets it after a log-out', async ({ onTestFinished }) => {
      origin = originOf().replace('127.0.0.1', 'localhost')
      const context = await chromium.newContext()
      onTestFinished(() => context.close())
      const page = await context.newPage()
      await page.goto(`${origin}/live`)
      expect(await page.textContent('#live')).toBe('out 0')
      await logIn(page)
      await page.waitForSelector('#account')
      await page.goto(`${origin}/live`)
      expect(await page.textContent('#live')).toBe('in 0')
      await page.click('#count')
      await page.waitForSelector('#live >> text=in 1')
      expect(await userOf(page)).toBe(USER)
      await page.click('#leave')
      await page.waitForSelector('#live >> text=out 0')
      expect([await userOf(page), await context.cookies()]).toEqual(['nobody', []])
    })
  })
}
