// The playground's scenes in Chromium, each at two sizes and in both schemes, and what goes with them: no reloads, the keyboard,
// faults, no script at all. With SCREENSHOTS, pictures to look at.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import axe from 'axe-core'
import type { AxeResults } from 'axe-core'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { killAll, start as startPlayground } from '../playground/playground.ts'
import type { Playground } from '../playground/playground.ts'
import { errorsOf, inChromium, shoot } from './chromium.ts'

const SOON = { timeout: 15_000 }
const WIDE = { width: 1280, height: 860 }
const PHONE = { width: 390, height: 844 }
const INSTRUMENTS = ['timeline', 'table', 'costs', 'faults'] as const

inChromium('the playground in Chromium', (chromium) => {
  const folders: string[] = []
  let playground: Playground

  async function start(): Promise<Playground> {
    const folder = await mkdtemp(join(tmpdir(), 'playground-scenes-'))
    folders.push(folder)
    return startPlayground(folder)
  }

  beforeAll(async () => {
    playground = await start()
  })
  afterAll(async () => {
    killAll()
    for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  async function visitor(options: BrowserContextOptions, url = playground.url): Promise<{ page: Page; errors: string[] }> {
    const context = await chromium.newContext(options)
    const page = await context.newPage()
    page.setDefaultTimeout(SOON.timeout)
    const errors = errorsOf(page)
    await page.goto(url)
    if (options.javaScriptEnabled !== false) await page.waitForSelector('[data-browser=b]', { state: 'attached' })
    return { page, errors }
  }

  // At once, and so each with a table of its own: one of them logs Ada out everywhere.
  test.concurrent.for([
    ['', 'light', WIDE],
    ['h3', 'dark', PHONE],
    ['web', 'dark', WIDE],
    ['express', 'light', PHONE],
  ] as const)('plays all scenes at /%s, %s', async ([path, colorScheme, viewport], { expect }) => {
    const { page, errors } = await visitor({ viewport, colorScheme }, (await start()).url + path)
    const isPhone = viewport === PHONE
    const name = `scenes-${path || 'react-router'}-${colorScheme}`
    // Lost by a reload.
    await page.evaluate('window.isSame = true')

    await play(page, 1)
    const first = await inPanel(page, 'a', '[data-attribute=session_id]')
    expect([await inPanel(page, 'a', '[data-show=user]'), await inPanel(page, 'a', '[data-show=count]')]).toEqual(['Ada', '1'])
    await page.click('#tab-table')
    await expect.poll(() => page.getAttribute(`[data-item="${first}"]`, 'data-state'), SOON).toBe('live')
    expect(await page.locator('.dead[data-state=moved]').first().innerText()).toContain(`moved to ${first.slice(0, 8)}…`)
    await shoot(page, `${name}-1`)

    await play(page, 2)
    expect(await inPanel(page, 'a', '[data-show=cost]')).toMatch(/1 request \(GetItem\)$/)
    await shoot(page, `${name}-2`)

    await play(page, 3)
    expect([await inPanel(page, 'a', '[data-show=note]'), await inPanel(page, 'a', '[data-show=count]')]).toEqual(['ten eggs', '3'])
    await page.click('#tab-timeline')
    await expect
      .poll(() => page.locator('.lane-facts.hot').allInnerTexts(), SOON)
      .toContainEqual(expect.stringContaining('1 conflict, merged'))
    await shoot(page, `${name}-3`)

    await play(page, 4)
    expect(await inPanel(page, 'a', '[data-show=count]')).toBe('6')
    await page.click('#tab-timeline')
    await expect.poll(() => page.locator('.track .bar-lock').count(), SOON).toBeGreaterThan(0)
    await shoot(page, `${name}-4`)

    await play(page, 5)
    await expect.poll(() => inPanel(page, 'a', '[data-show=ended]'), SOON).toContain('The session has ended.')
    expect(await inPanel(page, 'a', '[data-show=user]')).toBe('not logged in')
    if (isPhone) await page.click('#tab-a')
    await shoot(page, `${name}-5`)

    await play(page, 6)
    await expect.poll(() => page.locator('[data-browser=b] [data-show=ended]').count(), SOON).toBe(1)
    expect([await inPanel(page, 'a', '[data-show=user]'), await inPanel(page, 'b', '[data-show=user]')]).toEqual(['Ada', 'not logged in'])
    // Of express-session's log-ins nobody keeps a device.
    const label = path === 'express' ? /^An unknown device/ : /^Chrome on \w+, as browser A .* this one/
    await expect.poll(() => inPanel(page, 'a', '[data-session]'), SOON).toMatch(label)
    await shoot(page, `${name}-6`)

    await play(page, 7, async (step) => {
      if (step === 2) expect(await inPanel(page, 'a', '[data-show=message]')).toBe('The password was changed.')
      if (step !== 3) return
      await expect.poll(() => inPanel(page, 'a', '.failed'), SOON).toMatch(/Confirm your password|log-in of the last 2 seconds/)
      // The browser tells of the 401, as of any.
      expect(errors.splice(0)).toEqual([expect.stringContaining('401')])
      await shoot(page, `${name}-7`)
    })
    expect(await page.locator('[data-browser=a] .failed').count()).toBe(0)

    await play(page, 8)
    const ages = await Promise.all(['a', 'b'].map((browser) => page.locator(`[data-browser=${browser}] [data-cookie]`).allTextContents()))
    const age = (cookie = ''): number => Number(/Max-Age=(\d+)/.exec(cookie)?.[1] ?? NaN)
    if (path === 'express') expect(ages[0]?.[0]).toContain('Expires=')
    else expect([ages[0]?.slice(0, 2).map(age), age(ages[0]?.[0])]).toEqual([[expect.closeTo(298, -1), 300], expect.any(Number)])
    expect(ages[1]?.[0]).not.toMatch(/Max-Age|Expires/)
    await shoot(page, `${name}-8`)

    const opened = page.waitForEvent('popup')
    await play(page, 9)
    const other = await opened
    expect(await violations(other)).toEqual([])
    expect(await other.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(viewport.width)
    await other.click('text=Win a prize')
    await other.waitForSelector('text=Status 403', SOON)
    expect(await other.innerText('[data-show=notice]')).toContain('a page of another site or sub-domain sent it')
    await other.close()
    await page.click('[data-browser=a] [data-view]')
    await expect.poll(() => inPanel(page, 'a', `[data-visit$=" order"]`), SOON).toMatch(/ order none /)
    expect(await inPanel(page, 'a', '[data-show=orders]')).toBe('1')
    await shoot(page, `${name}-9`)

    for (const tab of INSTRUMENTS) {
      await page.click(`#tab-${tab}`)
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width)
      await shoot(page, `${name}-${tab}`)
    }
    if (isPhone) {
      await page.click('#tab-a')
      await page.click('[data-browser=a] [value=destroy]')
      await expect.poll(() => inPanel(page, 'a', '[data-show=id]'), SOON).toBe('none')
      await page.click('[data-scene="5"] summary')
      expect(await page.evaluate('document.documentElement.scrollHeight')).toBeLessThan(2.5 * viewport.height)
    }
    expect(await page.evaluate('window.isSame')).toBe(true)
    expect(errors).toEqual([])

    // All that was behind a tab or folded away, at once.
    await page.evaluate(
      "for (const each of document.querySelectorAll('[data-browser], [data-tab], .more')) Object.assign(each, { hidden: false, open: true })",
    )
    expect(await violations(page)).toEqual([])
  })

  test('keeps focus and scroll, shows what changed, and works by keyboard alone', async () => {
    const { page, errors } = await visitor({ viewport: { width: 1280, height: 600 }, reducedMotion: 'reduce' })
    await page.focus('[data-browser=a] [value=count]')
    await page.evaluate('scrollTo(0, 150)')
    await page.keyboard.press('Enter')
    await expect.poll(() => inPanel(page, 'a', '[data-show=count]'), SOON).toBe('1')
    await page.keyboard.press('Enter')
    await page.waitForSelector('[data-browser=a] [data-row=data].changed')
    expect(await page.evaluate('[document.activeElement.value, scrollY]')).toEqual(['count', 150])
    expect(await page.evaluate("getComputedStyle(document.querySelector('[data-row=data].changed')).animationName")).toBe('none')

    // What was typed stays while something else comes in.
    await page.fill('[data-browser=a] [name=note]', 'half a no')
    await page.evaluate("document.querySelector('[data-browser=b] [value=count]').click()")
    await expect.poll(() => inPanel(page, 'b', '[data-show=count]'), SOON).toBe('1')
    expect(await page.evaluate('[document.activeElement.name, document.activeElement.value]')).toEqual(['note', 'half a no'])

    await page.focus('#tab-timeline')
    for (const tab of ['table', 'costs', 'faults', 'timeline']) {
      await page.keyboard.press('ArrowRight')
      expect(await page.evaluate('document.activeElement.id')).toBe(`tab-${tab}`)
      expect(await page.isVisible(`#${tab}`)).toBe(true)
    }
    await page.click('[data-browser=a] .more summary')
    await page.focus('[data-browser=a] [value=regenerate]')
    expect(await page.innerText('[data-browser=a] .code .current')).toContain('regenerateSession(session)')
    expect(await violations(page)).toEqual([])
    expect(errors).toEqual([])
  })

  test('revokes the other browser’s session, and says so there at once', async () => {
    const { page } = await visitor({ forcedColors: 'active', viewport: WIDE })
    for (const browser of ['a', 'b']) {
      await page.fill(`[data-browser=${browser}] [name=name]`, 'Grace')
      await page.click(`[data-browser=${browser}] [value=log-in]`)
      await expect.poll(() => inPanel(page, browser, '[data-show=user]'), SOON).toBe('Grace')
    }
    const key = await inPanel(page, 'b', '[data-attribute=session_id]')
    await page.click(`[data-browser=a] [data-session="${key}"] button`)
    await expect.poll(() => page.locator('[data-browser=b] [data-show=ended]').count(), SOON).toBe(1)
    expect([await inPanel(page, 'a', '[data-show=user]'), await inPanel(page, 'b', '[data-show=user]')]).toEqual(['Grace', 'not logged in'])
    await shoot(page, 'scenes-forced-colours')
  })

  test('recovers from faults, and says what failed', async () => {
    const { page } = await visitor({ viewport: WIDE })
    const count = async (expected: string): Promise<void> => {
      await page.click('[data-browser=a] [value=count]')
      await expect.poll(() => inPanel(page, 'a', '[data-show=count]'), SOON).toBe(expected)
    }
    const switchTo = async (fault: string): Promise<void> => {
      await page.click('#tab-faults')
      await page.check(`[name=fault][value=${fault}]`)
      await expect.poll(() => page.locator('[data-show=faults]').innerText(), SOON).toMatch(fault === 'none' ? /Nothing/ : /met by/)
      await page.click('#tab-timeline')
    }
    await count('1')
    await switchTo('throttled')
    await count('2')
    await expect.poll(() => page.locator('.lane-facts.hot').allInnerTexts(), SOON).toContainEqual(expect.stringMatching(/retr/))
    await shoot(page, 'scenes-throttled')
    // Done once, although the answer was lost.
    await switchTo('lost')
    await count('3')
    await switchTo('dead')
    await page.click('[data-browser=a] [value=count]')
    await page.waitForSelector('[data-browser=a] .failed', SOON)
    await shoot(page, 'scenes-dead')
    await switchTo('none')
    await count('4')
  })

  test('measures its peers where it runs', async () => {
    const { page } = await visitor({ viewport: WIDE })
    await page.click('#tab-costs')
    expect(await page.innerText('#costs')).toContain('bench/RESULTS.md')
    const before = await page.locator('.bars td').allInnerTexts()
    await page.click('#costs form button')
    await page.waitForSelector('#costs >> text=Measured here', SOON)
    expect(await page.locator('.bars td').allInnerTexts()).toEqual(before)
  })

  test('works without JavaScript, and leads back from where only members are let in', async () => {
    const { page, errors } = await visitor({ javaScriptEnabled: false, viewport: PHONE })
    await page.click('text=Members only')
    expect(await page.innerText('main')).toContain('Status 401')
    expect(errors.splice(0)).toEqual([expect.stringContaining('401')])
    await page.click('text=Back to the playground')
    await page.click('[value=log-in]')
    expect((await page.textContent('[data-show=user]'))?.trim()).toBe('Ada')
    await page.click('text=Members only')
    expect(await page.innerText('main')).toMatch(/Status 200\s+Welcome, Ada/)
    await page.click('text=Back to the playground')
    await page.click('[data-other] a')
    expect((await page.textContent('[data-browser=b] [data-show=user]'))?.trim()).toBe('not logged in')
    await page.check('[name=fault][value=slow]')
    await page.click('#faults button')
    expect(await page.innerText('[data-show=faults]')).toMatch(/^Slow engine/)
    await page.check('[name=fault][value=none]')
    await page.click('#faults button')
    await shoot(page, 'scenes-without-script')
    expect(errors).toEqual([])
  })
})

/** Presses the buttons of a scene from the first on, each when the one before is done. */
async function play(page: Page, scene: number, afterStep?: (step: number) => Promise<void>): Promise<void> {
  await page.click(`[data-scene="${scene}"] summary`)
  for (const [index, step] of (await page.locator(`[data-scene="${scene}"] [data-play]`).all()).entries()) {
    await step.click()
    await page.waitForSelector('[data-play][aria-disabled=true]', { state: 'detached', ...SOON })
    await afterStep?.(index + 1)
  }
}

async function inPanel(page: Page, browser: string, selector: string): Promise<string> {
  return ((await page.locator(`[data-browser=${browser}] ${selector}`).first().textContent()) ?? '').replaceAll(/\s+/g, ' ').trim()
}

async function violations(page: Page): Promise<string[]> {
  const found = (await page.evaluate(`${axe.source}; axe.run({ resultTypes: ['violations'] })`)) as AxeResults
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)
}
