// What of a log-in the session of an event tells.
import { describe, expect, it, vi } from 'vitest'
import { atTime, START } from '../../support/clock.ts'
import type { Visits } from './visits.ts'

export function logInSuite({ use, visit }: Visits): void {
  describe('a log-in', () => {
    it('is fresh, or the response is 401 with a reason', async () => {
      vi.spyOn(console, 'error').mockReturnValue()
      atTime(START)
      await visit(async (event) => (await use(event)).update({ a: 1 }))
      await visit(async (event) => (await use(event)).regenerate({ authenticated: true, remember: false }))
      const settings = () =>
        visit(async (event) => {
          const session = await use(event)
          session.requireFresh(60)
          return session.authenticatedAt
        })
      expect(await settings()).toMatchObject({ status: 200, text: JSON.stringify(new Date(START * 1000)) })
      atTime(START + 61)
      const { status, text } = await settings()
      expect([status, JSON.parse(text)]).toEqual([401, expect.objectContaining({ data: { reason: 'fresh-log-in', seconds: 60 } })])
    })
  })
}
