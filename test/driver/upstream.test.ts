// The driver that is offered to unstorage: nothing of ours is loaded before its first call, and then it is ours. Its contract is in contract.test.ts.
import { tmpdir } from 'node:os'
import { createStorage } from 'unstorage-v2'
import { describe, expect, it, vi } from 'vitest'
import * as ours from '../../src/driver.ts'
import upstream, { DRIVER_DEPENDENCIES } from '../../upstream/unstorage/drivers/dynamodb.ts'
import { onEveryEngine } from '../support/engines.ts'

onEveryEngine(({ options }) => {
  it('keeps text, bytes, lifetimes and times', async () => {
    const storage = createStorage({ driver: upstream({ ...options, base: 'own:', lib: ours }) })
    await storage.setItem('a:b', { works: true }, { ttl: 60 })
    await storage.setItemRaw('raw', new Uint8Array([1, 2]))
    await storage.setItems([{ key: 'many', value: 'x' }])
    expect(await storage.getItem('a:b')).toEqual({ works: true })
    expect(await storage.getItemRaw('raw')).toEqual(Buffer.from([1, 2]))
    expect(await storage.getItems(['many', 'none'])).toEqual([
      { key: 'many', value: 'x' },
      { key: 'none', value: null },
    ])
    expect(await storage.getMeta('a:b')).toMatchObject({ mtime: expect.any(Date), ttl: expect.any(Number) })
    expect((await storage.getKeys()).toSorted()).toEqual(['a:b', 'many', 'raw'])
    await storage.removeItem('raw')
    expect(await storage.hasItem('raw')).toBe(false)
    await storage.clear()
    expect(await storage.getKeys()).toEqual([])
    await storage.dispose()
  })
})

describe('without an engine', () => {
  it('asks for the library once, at the first call, by the option that is named', async () => {
    const lib = vi.fn<() => Promise<typeof ours>>(async () => ours)
    const driver = upstream({ endpoint: 'http://127.0.0.1:1', lib })
    expect(lib).not.toHaveBeenCalled()
    await driver.dispose?.()
    expect(lib).not.toHaveBeenCalled()
    const [one, two] = await Promise.all([driver.getInstance?.(), driver.getInstance?.()])
    expect([one === two, one?.name]).toEqual([true, 'dynamodb'])
    expect(lib).toHaveBeenCalledTimes(1)
    expect(DRIVER_DEPENDENCIES).toMatchObject({ lib: { name: 'dynamodb-sessions', import: 'dynamodb-sessions/driver' } })
  })

  it('says what is missing where the library cannot be imported', async () => {
    vi.spyOn(process, 'cwd').mockReturnValue(tmpdir())
    await expect(upstream({}).getItem('a')).rejects.toThrow(/Cannot import `dynamodb-sessions\/driver`.*`lib`/)
  })
})
