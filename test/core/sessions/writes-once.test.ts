import { describe, expect, it, vi } from 'vitest'
import dynamodbDriver from '../../../src/driver.ts'
import { createSessionStore } from '../../../src/index.ts'
import type { SessionRecord } from '../../../src/index.ts'
import { onEveryEngine } from '../../support/engines.ts'
import type { ProxiedRequest } from '../../support/proxy.ts'
import { alive, useStores } from './stores.ts'
import type { Data } from './stores.ts'

onEveryEngine((table) => {
  const { options, proxy, host, itemAt } = useStores(table)

  describe('a write happens once (guarantee 4)', () => {
    for (const fault of ['reset after', 'error after', 'truncate'] as const) {
      it(`when the answer is lost (${fault}): it is recognized by its token`, async () => {
        // A write that is taken for another's is a conflict, which merging would hide.
        const sessions = host({ onConflict: 'error' })
        const once = (of: string) => {
          let left = 1
          proxy.fault = ({ operation }) => (operation === of && left-- > 0 ? fault : undefined)
        }
        once('PutItem')
        const record = await sessions.create({ n: 0 })
        expect((await sessions.read(record.id))?.data).toEqual({ n: 0 })
        once('PutItem')
        expect((await sessions.create({ n: 0 }, { id: `${record.id}-given` })).id).toBe(`${record.id}-given`)
        once('UpdateItem')
        const updated = await sessions.update(record, { n: 1 })
        expect(updated?.data).toEqual({ n: 1 })
        expect(updated?.version.split('.')).toHaveLength(2)
        expect((await itemAt(record.key))?.version?.S).toBe(updated?.version)
        once('UpdateItem')
        const moved = await sessions.regenerate(updated as SessionRecord<Data>)
        expect((await sessions.read(moved?.id ?? ''))?.data).toEqual({ n: 1 })
        once('DeleteItem')
        await sessions.destroy(moved?.id ?? '')
        expect(await sessions.read(moved?.id ?? '')).toBe(null)
      })
    }

    it('when the answer is lost and others wrote since: their changes and ours are kept', async () => {
      const [one, two] = [host(), host()]
      const record = await one.create({ a: 0, b: 0 })
      const other = await alive(two, record)
      let done: Promise<unknown> | undefined
      proxy.fault = ({ operation }) => {
        if (operation !== 'UpdateItem' || done) return undefined
        done = Promise.resolve()
        return 'reset after'
      }
      const slow = one.update(record, { a: 1, b: 0 })
      await vi.waitFor(() => expect(done).toBeDefined(), { timeout: 20_000 })
      await two.update(other, { a: 0, b: 2 })
      expect((await slow)?.data).toMatchObject({ a: 1 })
      expect((await one.read(record.id))?.data).toEqual({ a: 1, b: 2 })
    })

    it('when the SDK has given up: the store sends it again before it reports', async () => {
      const sessions = createSessionStore<Data>({ driver: dynamodbDriver({ ...options, endpoint: proxy.endpoint, maxAttempts: 1 }) })
      const record = await sessions.create({ n: 0 })
      let left = 4
      proxy.fault = ({ operation }) => (operation === 'UpdateItem' && left-- > 0 ? 'reset after' : undefined)
      proxy.requests.splice(0)
      expect((await sessions.update(record, { n: 1 }))?.version.split('.')).toHaveLength(2)
      const tokens = new Set(
        proxy.requests.map(({ body }: ProxiedRequest) => JSON.stringify((body.ExpressionAttributeValues as Data)?.[':version'])),
      )
      expect(proxy.operations().filter((name) => name === 'UpdateItem')).toHaveLength(5)
      expect([...tokens].filter((token) => token !== undefined)).toHaveLength(1)
    })
  })
})
