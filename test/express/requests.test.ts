// What a page view costs, whatever express-session's options.
import { describe, expect, it } from 'vitest'
import { atTime, START } from '../support/clock.ts'
import { onEveryEngine } from '../support/engines.ts'
import { useVisits } from './visits.ts'
import type { Browser } from './visits.ts'

const either = [false, true]
const cases = either.flatMap((resave) =>
  either.flatMap((rolling) =>
    either.flatMap((saveUninitialized) => [undefined, 3_600_000].map((maxAge) => ({ resave, rolling, saveUninitialized, maxAge }))),
  ),
)

onEveryEngine((table) => {
  const visits = useVisits(table)
  const { proxy } = visits

  describe.for(cases)(
    'with resave $resave, rolling $rolling, saveUninitialized $saveUninitialized, maxAge $maxAge',
    ({ maxAge, ...options }) => {
      const lifetime = maxAge === undefined ? 14 * 24 * 3600 : maxAge / 1000
      const { rolling, saveUninitialized } = options

      async function counted(browser: Browser, values?: object): Promise<{ asked: string[]; hasCookie: boolean }> {
        proxy.requests.splice(0)
        const { setCookie } = await visits.visit(browser, ({ session }) => Object.assign(session, values) && {})
        return { asked: visits.operations(), hasCookie: setCookie !== undefined }
      }

      it('a view is one read, and writes are those that are due', async () => {
        atTime(START)
        visits.use({ ...options, cookie: maxAge === undefined ? {} : { maxAge } })
        const isOnce = saveUninitialized
        expect(await counted({})).toEqual({ asked: isOnce ? ['PutItem'] : [], hasCookie: isOnce })

        const browser: Browser = {}
        expect(await counted(browser, { a: 1 })).toEqual({ asked: ['PutItem'], hasCookie: true })
        atTime(START + lifetime * 0.05)
        expect(await counted(browser)).toEqual({ asked: ['GetItem'], hasCookie: rolling })
        expect(await counted(browser, { a: 1 })).toEqual({ asked: ['GetItem'], hasCookie: rolling })

        atTime(START + lifetime * 0.11)
        expect(await counted(browser)).toEqual({ asked: ['GetItem', 'UpdateItem'], hasCookie: rolling })
        expect(await counted(browser)).toEqual({ asked: ['GetItem'], hasCookie: rolling })
        expect(proxy.requests.every(({ body }) => body.UpdateExpression === undefined)).toBe(true)

        const isSentByChange = rolling || maxAge !== undefined
        expect(await counted(browser, { a: 2 })).toEqual({ asked: ['GetItem', 'UpdateItem'], hasCookie: isSentByChange })

        atTime(START + lifetime * 1.1)
        expect(await visits.show(browser)).toEqual({ a: 2 })
        atTime(START + lifetime * 2.2)
        expect(await visits.show(browser)).toEqual({})
      })
    },
  )

  it('a view with `touchAfter` writes no sooner than that', async () => {
    atTime(START)
    visits.use({ cookie: { maxAge: 3_600_000 } }, { touchAfter: 1800 })
    const browser: Browser = {}
    await visits.put(browser, { a: 1 })
    atTime(START + 1799)
    await visits.show(browser)
    atTime(START + 1801)
    await visits.show(browser)
    expect(visits.operations()).toEqual(['PutItem', 'GetItem', 'GetItem', 'UpdateItem'])
  })
})
