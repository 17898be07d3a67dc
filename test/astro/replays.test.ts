// The bug reports of test/replays/ that a driver decides: Astro itself reads and writes a session as a whole.
import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import createDriver from '../../src/astro.ts'
import { onEveryEngine } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'

onEveryEngine((table) => {
  const proxy = useProxy(table.engine)
  const driver = (): ReturnType<typeof createDriver> => createDriver({ ...table.options, endpoint: proxy.endpoint, maxAttempts: 1 })

  it.for([
    ['refuses', 'ACCESS_DENIED', { status: 400, body: { __type: 'x#AccessDeniedException', message: 'no' } }],
    ['does not respond', 'UNREACHABLE', 'reset'],
  ] as const)('a store that %s: an error, and no visitor without a session', async ([, code, fault]) => {
    const id = randomUUID()
    await driver().setItem(id, 'data')
    proxy.fault = ({ operation }) => (operation === 'GetItem' || fault !== 'reset' ? fault : undefined)
    await expect(driver().getItem(id)).rejects.toMatchObject({ code })
    if (fault !== 'reset') {
      await expect(driver().setItem(id, 'other')).rejects.toMatchObject({ code })
      await expect(driver().removeItem(id)).rejects.toMatchObject({ code })
    }
    proxy.reset()
    expect(await driver().getItem(id)).toBe('data')
  })
})
