// Who has nothing to write does not wait for what others write, in the same process too.
import { expect, it } from 'vitest'
import { deferred } from '../../../src/core/base/deferred.ts'
import { createSessionStore } from '../../../src/index.ts'
import { atTime, START } from '../../support/clock.ts'
import { onEveryEngine } from '../../support/engines.ts'
import { useProxy } from '../../support/proxy.ts'

onEveryEngine((table) => {
  const proxy = useProxy(table.engine)

  it('a touch that is not due, and an update without a change, are done while a write is under way', async () => {
    atTime(START)
    const store = createSessionStore<{ a: number }>({ ...table.options, endpoint: proxy.endpoint, maxStale: 1000 })
    const record = await store.create({ a: 1 })
    const [isWriting, mayWrite] = [deferred<void>(), deferred<void>()]
    proxy.fault = async ({ operation }) => {
      if (operation === 'UpdateItem') {
        isWriting.resolve()
        await mayWrite.promise
      }
      return undefined
    }
    const written = store.update(record, { a: 2 })
    await isWriting.promise
    atTime(START + 50)
    expect((await store.touch(record))?.data).toEqual({ a: 1 })
    expect((await store.update(record, { a: 1 }))?.data).toEqual({ a: 1 })
    // One that is due takes its turn.
    atTime(START + 200)
    const touched = store.touch(record)
    mayWrite.resolve()
    expect([(await written)?.data, (await touched)?.data]).toEqual([{ a: 2 }, { a: 2 }])
    expect((await store.read(record.id))?.data).toEqual({ a: 2 })
    expect(proxy.operations()).toEqual(['PutItem', 'UpdateItem', 'UpdateItem', 'GetItem'])
  })
})
