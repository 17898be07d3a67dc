// Forged requests in Chromium: a page of the application, one of another origin of the same site, and one of another site.
import { H3, html, raw, toNodeHandler } from 'h3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { dynamoCsrf, useDynamoSession } from '../../src/h3.ts'
import type { DynamoSession } from '../../src/h3.ts'
import { onEveryEngine } from '../support/engines.ts'
import { listen } from '../support/serve.ts'
import { inChromium, shoot } from './chromium.ts'

interface Data {
  orders: number
}

const form = (action: string): string => `<form method="post" action="${action}"><button>Buy</button></form>`

inChromium('in Chromium, a form', (chromium) => {
  onEveryEngine(({ options: table }) => {
    const options = { ...table, secretKey: 'a long and random secret' }
    const shop = { port: 0, stop: () => {} }
    const other = { port: 0, stop: () => {} }

    beforeAll(async () => {
      const order = async (session: DynamoSession<Data>): Promise<string> => {
        await session.update(({ orders = 0 }) => ({ orders: orders + 1 }))
        return `orders: ${session.data.orders}`
      }
      const app = new H3()
      app.use(dynamoCsrf({ ...options, except: ['/open'] }))
      app.get('/', () => html(raw(form('/order'))))
      app.get('/fetch', () => html(raw('<p id="status"></p>')))
      app.post('/order', async (event) => order(await useDynamoSession<Data>(event, options)))
      app.post('/open/order', async (event) => order(await useDynamoSession<Data>(event, options)))
      Object.assign(shop, await listen(toNodeHandler(app)))
      const page = (path: string): string => form(`http://localhost:${shop.port}${path}`)
      Object.assign(
        other,
        await listen((request, response) => void response.setHeader('content-type', 'text/html').end(page(request.url ?? '/'))),
      )
    })
    afterAll(() => {
      shop.stop()
      other.stop()
    })

    const send = async (page: Page, url: string): Promise<{ status: number | undefined; text: string }> => {
      await page.goto(url)
      const [response] = await Promise.all([page.waitForNavigation(), page.click('button')])
      return { status: response?.status(), text: (await page.textContent('body')) ?? '' }
    }

    it('is accepted within the application, and refused from another origin and another site', async ({ onTestFinished }) => {
      const context = await chromium.newContext()
      onTestFinished(() => context.close())
      const page = await context.newPage()
      const within = `http://localhost:${shop.port}`
      expect(await send(page, within)).toEqual({ status: 200, text: 'orders: 1' })
      expect(await send(page, within)).toEqual({ status: 200, text: 'orders: 2' })
      expect(await context.cookies()).toMatchObject([{ name: 'session', sameSite: 'Lax' }])

      // Another port is another origin of the same site, to which the cookie goes along: without protection the order is carried out.
      const sameSite = `http://localhost:${other.port}`
      expect(await send(page, `${sameSite}/open/order`)).toEqual({ status: 200, text: 'orders: 3' })
      expect(await send(page, `${sameSite}/order`)).toMatchObject({ status: 403, text: expect.stringContaining('was refused') })
      await shoot(page, 'refused')
      expect((await send(page, `http://127.0.0.1:${other.port}/order`)).status).toBe(403)
      // And from a page that hides where it is.
      await page.setContent(`<iframe sandbox="allow-forms" srcdoc='${form(`${within}/order`)}'></iframe>`)
      const [response] = await Promise.all([
        page.waitForResponse((found) => found.url() === `${within}/order`),
        page.frameLocator('iframe').locator('button').click(),
      ])
      expect(response.status()).toBe(403)

      await page.goto(`${within}/fetch`)
      const status = await page.evaluate(`fetch('/order', { method: 'POST' }).then((response) => response.status)`)
      expect(status).toBe(200)
      expect(await send(page, within)).toEqual({ status: 200, text: 'orders: 5' })
    })
  })
})
