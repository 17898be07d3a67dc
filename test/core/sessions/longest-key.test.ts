// The longest `keyPrefix` together with the longest id make a key that DynamoDB takes.
import { expect, test } from 'vitest'
import { createSessionStore } from '../../../src/index.ts'
import { onEveryEngine } from '../../support/engines.ts'

onEveryEngine(({ options }) => {
  test('a prefix of 1,920 bytes leaves room for an id of 128 characters', async () => {
    const keyPrefix = `${'é'.repeat(959)}x:`
    expect(Buffer.byteLength(keyPrefix)).toBe(1920)
    const store = createSessionStore({ ...options, keyPrefix, hashIds: false })
    const id = 'a'.repeat(128)
    const { key } = await store.create({ a: 1 }, { id })
    expect(Buffer.byteLength(key)).toBe(2048)
    expect((await store.read(id))?.data).toEqual({ a: 1 })
    await store.destroy(id)
  })
})
