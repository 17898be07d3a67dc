import { createCookie, createSession, isSession } from 'react-router-v7'
import { afterAll, expect, it, vi } from 'vitest'
import { inTurn } from '../support/engines.ts'
import { sessionStorageSuite } from './suite/suite.ts'
import type { Framework } from './suite/storages.ts'

vi.mock('react-router', () => import('react-router-v7'))
// Other files of this process use React Router 8.
afterAll(() => vi.doUnmock('react-router'))

const { createDynamoSessionStorage } = await import('../../src/react-router.ts')

sessionStorageSuite(inTurn(1), { createDynamoSessionStorage, createCookie, createSession, isSession } as unknown as Framework)

it('runs on React Router 7', async () => {
  const { createSession: used } = await import('react-router')
  expect(used).toBe(createSession)
})
