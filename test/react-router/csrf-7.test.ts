// The same in React Router 7.
import * as router from 'react-router-v7'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { reactRouterCsrfSuite } from './suite/csrf.ts'

vi.mock('react-router', () => import('react-router-v7'))
// Other files of this process use React Router 8.
afterAll(() => vi.doUnmock('react-router'))

const storages = await import('../../src/react-router.ts')

describe('React Router 7', () => {
  reactRouterCsrfSuite(router as unknown as Parameters<typeof reactRouterCsrfSuite>[0], storages)

  it('is what ours makes its sessions by', async () => {
    expect((await import('react-router')).createSession).toBe(router.createSession)
  })
})
