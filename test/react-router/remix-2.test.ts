import * as node from '@remix-run/node'
import { createSession, isSession } from '@remix-run/server-runtime'
import { expect, it, vi } from 'vitest'
import { createDynamoSessionStorage } from '../../src/remix.ts'
import { inTurn, onEveryEngine } from '../support/engines.ts'
import { cookieOf } from '../support/cookie.ts'
import { sessionStorageSuite } from './suite/suite.ts'
import type { Framework } from './suite/storages.ts'

sessionStorageSuite(inTurn(0), {
  createDynamoSessionStorage,
  createCookie: node.createCookie,
  createSession,
  isSession,
} as unknown as Framework)

onEveryEngine(({ options }) => {
  it('makes cookies that are byte-identical to those of @remix-run/node', async () => {
    // A secret of one letter is warned of.
    vi.spyOn(process, 'emitWarning').mockReturnValue()
    for (const secret of ['s', 'a longer secret with ünïcode', 'x'.repeat(200)]) {
      const theirs = node.createCookie('__session', { secrets: [secret], httpOnly: true, secure: true })
      const storage = createDynamoSessionStorage({ ...options, secretKey: secret })
      const session = await storage.getSession()
      session.set('a', 1)
      const ours = await storage.commitSession(session)
      const id: unknown = await theirs.parse(cookieOf(ours))
      expect(id).toMatch(/^[\w-]{43}$/)
      expect(await theirs.serialize(id)).toBe(ours)
      expect((await storage.getSession(cookieOf(await theirs.serialize(id)))).get('a')).toBe(1)
    }
  })
})
