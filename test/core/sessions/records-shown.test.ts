// What a record of the store is to those who copy, wrap or print it.
import { inspect } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import type { SessionOptions } from '../../../src/index.ts'
import { createTestSessions } from '../../../src/testing.ts'

async function recordOf(options: SessionOptions = {}) {
  const { store, dispose } = createTestSessions<{ name: string }>(options as object)
  onTestFinished(dispose)
  return { store, record: await store.create({ name: 'Ada' }) }
}

it('can be copied, wrapped and inherited from, with its id', async () => {
  const { store, record } = await recordOf()
  const { id, key } = record
  expect(key).toBe(store.keyOf(id))
  expect(Object.keys(record)).toEqual(['id', 'key', 'data', 'createdAt', 'updatedAt', 'expiresAt', 'version'])
  expect(JSON.parse(JSON.stringify(record))).toMatchObject({ id, key, data: { name: 'Ada' } })
  for (const other of [{ ...record }, structuredClone(record), new Proxy(record, {}), Object.create(record) as typeof record])
    expect([other.id, other.key]).toEqual([id, key])
})

it.each([{}, { hashIds: false }])('is printed without its id, in whatever way it is asked for: %o', async (options) => {
  const { record } = await recordOf(options)
  for (const customInspect of [true, false])
    for (const showHidden of [true, false])
      expect(inspect({ deep: [record] }, { customInspect, showHidden, depth: 9 })).not.toContain(record.id)
})
