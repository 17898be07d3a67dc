import { H3 } from 'h3'
import { toNodeHandler } from 'h3/node'
import { createApp, eventHandler, toNodeListener } from 'h3-v1'
import type { RequestListener } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dynamoSession, useDynamoSession, withDynamoSession } from '../../src/h3.ts'
import type { DynamoSession, DynamoSessionOptions, SessionEvent } from '../../src/h3.ts'
import { headerOf } from '../../src/h3/event.ts'
import { inTurn, onEnginesOf } from '../support/engines.ts'
import type { Turn } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'
import { listen } from '../support/serve.ts'
import { severalCookiesSuite } from '../web/several-cookies.ts'
import type { Visit } from '../web/several-cookies.ts'
import { ask } from './suite/visits.ts'

type Handler = (event: SessionEvent) => unknown

const majors: [string, (handle: Handler) => RequestListener, Turn][] = [
  ['h3 1.15', (handle) => toNodeListener(createApp().use(eventHandler((event) => handle(event)))), inTurn(0)],
  ['h3 2', (handle) => toNodeHandler(new H3().all('/**', (event) => handle(event))), inTurn(1)],
]

describe.each(majors)('%s', (_, listener, isTurn) => {
  /** What runs in each request: there may be several at once. */
  const handlers: Handler[] = []
  const server = { port: 0, stop: () => {} }
  beforeAll(async () => {
    Object.assign(server, await listen(listener((event) => handlers[Number(headerOf(event, 'x-handler'))]?.(event))))
  })
  afterAll(() => server.stop())

  async function ran<Value>(
    cookies: string,
    work: (event: SessionEvent) => Promise<Value>,
  ): Promise<{ value: Value; setCookies: readonly string[] }> {
    let result: Promise<Value> | undefined
    const number = handlers.push(async (event) => {
      result = work(event)
      await result.catch(() => {})
      return 'done'
    })
    const { cookies: setCookies } = await ask(server.port, new Map(), { headers: { cookie: cookies, 'x-handler': String(number - 1) } })
    return { value: await (result as Promise<Value>), setCookies }
  }

  const visit: Visit = (options, cookies, work) => {
    const onSession = (session: DynamoSession): ReturnType<typeof work> =>
      work({
        get data() {
          return session.data
        },
        async set(name, value) {
          await session.update({ [name]: value })
        },
        async move(grace = 0, values = {}) {
          Object.assign(session.data, values)
          await session.regenerate({ grace })
        },
        end: () => session.destroy(),
      })
    const more = options as DynamoSessionOptions
    if (options.enableLocking) return ran(cookies, withDynamoSession((__, session) => onSession(session), more) as never)
    return ran(cookies, async (event) => onSession(await useDynamoSession(event, more)))
  }
  severalCookiesSuite(isTurn, visit)

  onEnginesOf(isTurn, ({ engine, options }) => {
    const proxy = useProxy(engine)
    const make = (): DynamoSessionOptions => ({ ...options, endpoint: proxy.endpoint, secretKey: 'a long and random secret' })
    const stored = async (user: string): Promise<string> =>
      (await visit(make() as object, '', (session) => session.set('user', user))).setCookies[0]?.split(';')[0] as string

    it('are one session for all who ask in one request, also for the middleware', async () => {
      const [gone, live] = [await stored('gone'), await stored('ada')]
      await visit(make() as object, gone, (session) => session.end())
      proxy.reset()
      const { value } = await ran(`${gone}; ${live}`, async (event) => {
        const [one, two] = await Promise.all([useDynamoSession(event, make()), useDynamoSession(event, make())])
        await dynamoSession(make())(event)
        return [one === two, one === (await useDynamoSession(event)), one.data.user]
      })
      expect(value).toEqual([true, true, 'ada'])
      expect(proxy.operations()).toEqual(['GetItem', 'GetItem'])
    })

    it('all end by clear() too, after which the request may start another', async () => {
      const [one, two] = [await stored('one'), await stored('two')]
      const { setCookies } = await ran(`${one}; ${two}`, async (event) => {
        const session = await useDynamoSession(event, make())
        await session.clear()
        await session.update({ user: 'new' })
        proxy.reset()
        await session.clear()
        await session.update({ user: 'newer' })
      })
      // What ended once is not ended again.
      expect(proxy.operations()).toEqual(['DeleteItem', 'PutItem'])
      const [cookie] = setCookies.map((text) => text.split(';')[0] as string)
      const read = (cookies: string): Promise<unknown> =>
        ran(cookies, async (event) => (await useDynamoSession(event, make())).data.user).then(({ value }) => value)
      expect([await read(one), await read(two), await read(cookie as string)]).toEqual([undefined, undefined, 'newer'])
    })
  })
})
