// A cookie that is made from options is checked by Node, with the frameworks' bytes: what they take is taken, and nothing else.
import { createCookie as createRemixCookie, isCookie as isRemixCookie } from '@remix-run/node'
import fc from 'fast-check'
import { createCookie, isCookie } from 'react-router'
import { createCookie as createCookie7, isCookie as isCookie7 } from 'react-router-v7'
import { describe, expect, it, vi } from 'vitest'
import { createReader, createSignedCookie } from '../../src/react-router/cookie.ts'
import type { CookieLike } from '../../src/react-router/cookie.ts'

interface Framework {
  createCookie(name: string, options?: object): CookieLike
  isCookie(value: unknown): value is CookieLike
}

const FRAMEWORKS: Record<string, Framework> = {
  'React Router 8': { createCookie, isCookie } as never,
  'React Router 7': { createCookie: createCookie7, isCookie: isCookie7 } as never,
  'Remix 2': { createCookie: createRemixCookie, isCookie: isRemixCookie } as never,
}
const SECRETS = ['a first secret that is long enough', 'sécond 🔑 secret']
const ids = fc.stringMatching(/^[A-Za-z0-9_-]{16,128}$/)

describe.each(Object.entries(FRAMEWORKS))('%s', (_, framework) => {
  const cookie = createSignedCookie(framework, { secretKey: SECRETS })
  const { idsFrom } = createReader({} as never, () => cookie)
  const pairOf = async (by: CookieLike, value: unknown): Promise<string> => (await by.serialize(value)).split(';')[0] as string

  it('signs what is taken here, by any of the secrets, without being asked', async () => {
    const parse = vi.spyOn(cookie, 'parse')
    await fc.assert(
      fc.asyncProperty(ids, fc.constantFrom(...SECRETS), async (id, secret) => {
        expect(await idsFrom(await pairOf(framework.createCookie('__session', { secrets: [secret] }), id))).toEqual([id])
      }),
      { numRuns: 200 },
    )
    expect(parse).not.toHaveBeenCalled()
    parse.mockRestore()
  })

  it('and Node agree on what is signed wrongly, cut, padded or holds something else than an id', async () => {
    const foreign = framework.createCookie('__session', { secrets: ['another secret of somebody'] })
    const unsigned = framework.createCookie('__session')
    await fc.assert(
      fc.asyncProperty(
        ids,
        fc.nat(),
        fc.string({ minLength: 1, maxLength: 2 }),
        fc.constantFrom('put', 'cut', 'pad', 'foreign', 'unsigned', 'other'),
        async (id, at, text, how) => {
          const right = await pairOf(cookie, how === 'other' ? { id } : id)
          const place = '__session='.length + (at % (right.length - '__session='.length))
          const pair = {
            put: right.slice(0, place) + encodeURIComponent(text) + right.slice(place + 1),
            cut: right.slice(0, place),
            pad: `${right}%3D`,
            foreign: await pairOf(foreign, id),
            unsigned: await pairOf(unsigned, id),
            other: right,
          }[how]
          const theirs: unknown = await cookie.parse(pair).catch(() => null)
          const ours = await idsFrom(pair)
          // Some take a signature with its padding too, or with bits that say nothing; nobody makes one.
          expect(ours).toEqual(pair === right && how !== 'other' ? [id] : [])
          if (ours.length > 0) expect(theirs).toBe(id)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('keeps a cookie of the application and an encoding of its own to itself', async () => {
    for (const given of [framework.createCookie('__session', { secrets: SECRETS }), { encode: encodeURIComponent, secrets: SECRETS }]) {
      const own = createSignedCookie(framework, { cookie: given })
      const parse = vi.spyOn(own, 'parse')
      const id = 'x'.repeat(43)
      expect(
        await createReader({} as never, () => own).idsFrom(await pairOf(framework.createCookie('__session', { secrets: SECRETS }), id)),
      ).toEqual([id])
      expect(parse).toHaveBeenCalledTimes(1)
    }
  })
})
