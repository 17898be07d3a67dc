// Astro 5 sends a response in development before it has stored the session, and each Astro before `regenerate` has removed the old one. The
// visitor's next request comes at once.
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import createDriver from '../../src/astro.ts'
import type { AstroSessionDriver } from '../../src/astro.ts'
import { deferred } from '../../src/core/base/deferred.ts'
import { onEveryEngine } from '../support/engines.ts'
import { holdFirstWrite, useProxy } from '../support/proxy.ts'

onEveryEngine((table) => {
  const proxy = useProxy(table.engine)
  const reads = () => proxy.requests.filter(({ operation }) => operation === 'GetItem')
  const open = (more = {}): AstroSessionDriver => createDriver({ ...table.options, endpoint: proxy.endpoint, ...more })

  describe.each([true, false])('a read, with `consistentRead: %s`,', (consistentRead) => {
    it.each([
      ['write', 'new'],
      ['removal', null],
    ] as const)('waits for a %s of this process that is under way', async (kind, expected) => {
      const driver = open({ consistentRead })
      const id = randomUUID()
      await driver.setItem(id, 'old')
      const { isHeld, release } = holdFirstWrite(proxy)
      const written = kind === 'write' ? driver.setItem(id, 'new') : driver.removeItem(id)
      const read = driver.getItem(id)
      await isHeld
      // A whole read of another one has time meanwhile.
      await driver.getItem(randomUUID())
      expect(reads()).toHaveLength(1)
      release()
      expect(await read).toBe(expected)
      await written
      expect(reads().map(({ body }) => body.ConsistentRead)).toEqual([consistentRead, true])
    })
  })

  it('of a new session sees what the request before it stores, though that looks once more before it does', async () => {
    const driver = open()
    const id = randomUUID()
    const [isHeld, released] = [deferred<void>(), deferred<void>()]
    proxy.fault = async ({ operation }) => {
      if (operation !== 'GetItem') return 50
      if (reads().length > 1) return undefined
      isHeld.resolve()
      await released.promise
      return undefined
    }
    // As `session.set` of a new session does, after the response.
    const stored = driver.getItem(id).then(async (found) => {
      expect(found).toBeNull()
      await driver.setItem(id, 'first')
    })
    await isHeld.promise
    const next = driver.getItem(id)
    await expect.poll(reads).toHaveLength(2)
    released.resolve()
    expect(await next).toBe('first')
    await stored
  })

  it('does not wait for other sessions, and costs nothing more where nobody writes', async () => {
    const driver = open()
    const [present, absent] = [randomUUID(), randomUUID()]
    await driver.setItem(present, 'data')
    const { isHeld, release } = holdFirstWrite(proxy)
    const other = driver.setItem(randomUUID(), 'other')
    await isHeld
    proxy.requests.splice(0)
    expect(await driver.getItem(present)).toBe('data')
    expect(await driver.getItem(absent)).toBeNull()
    const first = driver.getItem(absent)
    await expect.poll(() => proxy.requests.length).toBe(3)
    expect(await Promise.all([first, driver.getItem(absent)])).toEqual([null, null])
    expect(proxy.operations().length).toBeLessThanOrEqual(4)
    release()
    await other
  })

  it('after a write that failed returns what is there', async () => {
    const driver = open({ maxAttempts: 1 })
    const id = randomUUID()
    await driver.setItem(id, 'before')
    proxy.fault = ({ operation }) =>
      operation === 'GetItem' ? undefined : { status: 400, body: { __type: 'x#AccessDeniedException', message: 'no' } }
    const written = expect(driver.setItem(id, 'after')).rejects.toMatchObject({ code: 'ACCESS_DENIED' })
    expect(await driver.getItem(id)).toBe('before')
    await written
  })
})
