// What of a session may be in which response.
import { describe, expect, it, vi } from 'vitest'
import { rememberRequest } from '../../../src/h3/event.ts'
import { dynamoSession, withDynamoSession } from '../../../src/h3.ts'
import type { DynamoSession, SessionEvent } from '../../../src/h3.ts'
import type { H3, Values, Visits } from './visits.ts'

/** Once for a process, and so for all engines. */
let lateWarnings = 0

export function responseSuite(h3: H3, { proxy, make, use, store, routes, jar, visit, dataNow, stored }: Visits): void {
  describe('a response', () => {
    it('carries the cookie when it redirects', async () => {
      const { status, location } = await visit(async (event) => {
        await (await use(event)).update({ a: 1 })
        return h3.redirect(event, '/next')
      })
      expect([status, location, await dataNow()]).toEqual([302, '/next', { a: 1 }])
    })

    it.each([200, 403])('carries the cookie when it is a Response of %i', async (status) => {
      const answer = await visit(async (event) => {
        await (await use(event)).update({ a: 1 })
        return new Response('text', { status, headers: { 'set-cookie': 'theme=dark' } })
      })
      expect([answer.status, answer.text, await dataNow()]).toEqual([status, 'text', { a: 1 }])
      expect(jar.get('theme')).toBe('dark')
    })

    it('carries the cookie when it streams', async () => {
      const { text } = await visit(async (event) => {
        await (await use(event)).update({ a: 1 })
        return new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode('streamed'))
            controller.close()
          },
        })
      })
      expect([text, await dataNow()]).toEqual(['streamed', { a: 1 }])
    })

    it('carries the cookie when an error is thrown', async () => {
      vi.spyOn(console, 'error').mockReturnValue()
      const { status } = await visit(async (event) => {
        await (await use(event)).update({ a: 1 })
        throw Object.assign(new Error('no'), { statusCode: 418, status: 418 })
      })
      expect([status, await dataNow()]).toEqual([418, { a: 1 }])
    })

    it('with the cookie is kept out of caches, also when it redirects, streams or is an error', async () => {
      vi.spyOn(console, 'error').mockReturnValue()
      const after = async (answer: (event: SessionEvent) => unknown) =>
        (
          await visit(async (event) => {
            await (await use(event, { touchAfter: 0 })).update(({ count = 0 }) => ({ count: count + 1 }))
            return answer(event)
          })
        ).cacheControl
      const answers = [
        () => 'text',
        // In h3 1 what a Response says goes, unless a hook of Nitro's sees to it.
        () => new Response('text', h3.hasNext ? { headers: { 'cache-control': 's-maxage=60' } } : {}),
        () => new ReadableStream({ start: (controller) => controller.close() }),
        (event: SessionEvent) => h3.redirect(event, '/next'),
        () => {
          throw Object.assign(new Error('no'), { statusCode: 418, status: 418 })
        },
      ]
      const seen: unknown[] = []
      for (const answer of answers) seen.push(await after(answer))
      expect(seen).toEqual(answers.map(() => 'private, no-store'))
      expect((await visit(async (event) => (await use(event)).isNew)).cacheControl).toBeUndefined()
    })

    it('is not disturbed by a write after it was sent, and a session that begins so late is told of once', async () => {
      const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
      const codes = () => warn.mock.calls.map(([, options]) => (options as unknown as { code?: string })?.code)
      const id = await stored({ a: 1 })
      let late: Promise<unknown> | undefined
      await visit(async (event) => {
        const session = await use(event)
        late = new Promise((resolve) => setTimeout(resolve, 30)).then(() => session.update({ b: 2 }))
        return ''
      })
      await late
      expect((await store.read(id))?.data).toEqual({ a: 1, b: 2 })
      expect(codes()).not.toContain('SESSION_COOKIE_TOO_LATE')
      jar.clear()
      for (const _ of [1, 2]) {
        await visit(async (event) => {
          const session = await use(event)
          late = new Promise((resolve) => setTimeout(resolve, 30)).then(() => session.update({ b: 2 }))
          return ''
        })
        await late
      }
      expect(codes().filter((code) => code === 'SESSION_COOKIE_TOO_LATE').length).toBeLessThanOrEqual(1)
      lateWarnings += codes().filter((code) => code === 'SESSION_COOKIE_TOO_LATE').length
      expect(lateWarnings).toBe(1)
    })
  })

  describe('in a cached handler of Nitro', () => {
    /** Its event has the context of the request that it runs for, and a request of its own, without cookies or, in some releases, with all. */
    const cached = (event: SessionEvent, cookie: string): SessionEvent => {
      const { res, node } = event as { res?: object; node?: { res: object } }
      const headers = new Headers(cookie ? { cookie } : {})
      const own = h3.hasNext ? { req: { headers }, res } : { node: { req: { headers: { cookie } }, res: node?.res } }
      return { context: event.context, headers, ...own }
    }
    const cookieNow = (): string => [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const inCache = (work: (session: DynamoSession<Values>) => unknown, { cookie = '', opensBefore = true } = {}) =>
      visit(async (event) => {
        rememberRequest(event)
        if (opensBefore) await use(event)
        return work(await use(cached(event, cookie)))
      })
    const write = async (session: DynamoSession<Values>): Promise<unknown> => {
      await session.update({ a: 2 })
      await session.regenerate()
      await session.clear()
      await session.update({ a: 3 })
      await session.destroy()
      await session.flash('a', 4)
      return session.toJSON()
    }

    it.each([
      ['whose cookies are hidden', () => ''],
      ['of a release that shows them', cookieNow],
    ])('the session of a visitor %s cannot be read, changed, ended or replaced, which is said once', async (_, shown) => {
      const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
      const id = await stored({ a: 1 })
      for (const opensBefore of [true, false]) {
        proxy.reset()
        const answer = await inCache(write, { cookie: shown(), opensBefore })
        expect([JSON.parse(answer.text), answer.cookies]).toEqual([{ data: {}, isNew: true }, []])
        expect(proxy.operations()).toEqual(opensBefore ? ['GetItem'] : [])
      }
      expect((await store.read(id))?.data).toEqual({ a: 1 })
      expect(warn.mock.calls.length).toBeLessThanOrEqual(1)
    })

    it("leaves event.context.session the visitor's", async () => {
      vi.spyOn(process, 'emitWarning').mockReturnValue()
      await stored({ a: 1 })
      routes.middleware = async (event, next) => {
        rememberRequest(event)
        return dynamoSession(make())(event, next)
      }
      const { text } = await visit(async (event) => {
        const inside = await withDynamoSession(({ context }) => (context as { session: unknown }).session, make())(cached(event, ''))
        const { session } = event.context as { session: DynamoSession }
        return [session.data, session === inside]
      })
      expect(JSON.parse(text)).toEqual([{ a: 1 }, false])
    })

    it('a visitor without one gets none', async () => {
      vi.spyOn(process, 'emitWarning').mockReturnValue()
      proxy.reset()
      const { cookies, cacheControl } = await inCache(write)
      expect([cookies, cacheControl, proxy.operations()]).toEqual([[], undefined, []])
    })

    it("is known by nitropack's mark where nobody remembers the request", async () => {
      vi.spyOn(process, 'emitWarning').mockReturnValue()
      const id = await stored({ a: 1 })
      const { cookies } = await visit(async (event) => {
        Object.assign(event.context, { cache: { options: { getKey: () => 'key', maxAge: 60 } } })
        return write(await use(event))
      })
      expect([cookies, (await store.read(id))?.data]).toEqual([[], { a: 1 }])
      // An application may keep a cache of its own there.
      await visit(async (event) => {
        Object.assign(event.context, { cache: new Map(), session: undefined })
        return (await use(event)).update({ a: 2 })
      })
      expect((await store.read(id))?.data).toEqual({ a: 2 })
    })
  })
}
