// The development server's page in a browser: it follows what the application does, and what is stored does nothing in it.
import { expect, it } from 'vitest'
import { startDevServer } from '../../src/cli/dev/dev.ts'
import { createSessionStore } from '../../src/index.ts'
import { inChromium, shoot } from '../e2e/chromium.ts'

inChromium('the page of the development server', (chromium) => {
  it('follows the requests without a reload, and runs nothing that is stored', async (context) => {
    const server = await startDevServer({ options: { userIdKey: 'userId' }, port: 0, folder: undefined })
    context.onTestFinished(() => server.close())
    const store = createSessionStore<{ userId: string; text?: string }>({ endpoint: server.endpoint, userIdKey: 'userId' })
    const before = await store.create({ userId: 'ada', text: '<img src=x onerror="document.title = 1">' })

    const page = await chromium.newPage()
    const problems: string[] = []
    page.on('console', (message) => void (message.type() === 'error' && problems.push(message.text())))
    page.on('pageerror', ({ message }) => void problems.push(message))
    page.on('dialog', () => void problems.push('a dialog'))
    await page.goto(server.endpoint)
    const requests = page.locator('#requests tr')
    await expect.poll(() => requests.first().innerText()).toMatch(/PutItem\s+sessions\s+[0-9a-f]{64}\s+200/)

    await store.regenerate(before)
    const { key } = await store.create({ userId: 'grace' })
    await expect.poll(() => page.locator('#tables tr', { hasText: key }).innerText()).toContain('grace')
    await expect.poll(() => page.locator('#tables tr.over').innerText()).toContain(before.key)
    await expect.poll(() => requests.allInnerTexts()).toContainEqual(expect.stringMatching(/UpdateItem\s+sessions/) as string)
    expect(await page.title()).toBe('dynamodb-sessions dev')
    await shoot(page, 'dev')
    // Browsers ask for an icon, which there is none of.
    expect(problems.filter((problem) => !/404|favicon/.test(problem))).toEqual([])
  })
})
