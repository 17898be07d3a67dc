import { createCookie, createSession, isSession } from 'react-router-v7'
import { expect, it, vi } from 'vitest'
import { sessionStorageSuite } from './suite.ts'
import type { Framework } from './suite.ts'

vi.mock('react-router', () => import('react-router-v7'))

const { createDynamoSessionStorage } = await import('../../src/react-router.ts')

sessionStorageSuite({ createDynamoSessionStorage, createCookie, createSession, isSession } as unknown as Framework)

it('runs on React Router 7', async () => {
  const { createSession: used } = await import('react-router')
  expect(used).toBe(createSession)
})
