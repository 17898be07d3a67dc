// What dynamodb-sessions/astro promises, in the unstorage in which Astro wraps a driver of sessions.
import { randomUUID } from 'node:crypto'
import { ScanCommand } from '@aws-sdk/client-dynamodb'
import { createStorage } from 'unstorage'
import type { Storage } from 'unstorage'
import { describe, expect, it } from 'vitest'
import createDriver, { dynamodbSessionDriver } from '../../src/astro.ts'
import type { AstroSessionOptions } from '../../src/astro.ts'
import { InvalidOptionError } from '../../src/index.ts'
import { atTime, START } from '../support/clock.ts'
import { onEveryEngine } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'

/** What Astro writes: devalue's text of a Map. */
const DATA = '[["Map",1,2],"cart",[3],"book"]'

onEveryEngine((table) => {
  const proxy = useProxy(table.engine)

  /** As Astro does it: the configuration went through the build, and the driver has three methods. */
  function open(more: AstroSessionOptions = {}): Storage {
    const { config } = dynamodbSessionDriver({ ...table.options, endpoint: proxy.endpoint, ...more })
    const driver = createDriver(JSON.parse(JSON.stringify(config)) as AstroSessionOptions)
    return createStorage({ driver: { ...driver, hasItem: () => false, getKeys: () => [] } })
  }

  describe('a session', () => {
    it('is kept as it is, a request each', async () => {
      const storage = open()
      const id = randomUUID()
      expect(await storage.getItemRaw(id)).toBeNull()
      await storage.setItem(id, DATA)
      expect(await open().getItemRaw(id)).toBe(DATA)
      await storage.removeItem(id)
      expect(await storage.getItemRaw(id)).toBeNull()
      const asked = proxy.operations()
      expect(asked.filter((operation) => operation === 'UpdateItem')).toHaveLength(2)
      expect(asked.filter((operation) => operation === 'GetItem').length).toBeLessThanOrEqual(5)
    })

    it('ends fourteen days after its last use, which a read counts for once in a while', async () => {
      atTime(START)
      const storage = open()
      const id = randomUUID()
      const lifetime = 14 * 24 * 3600
      await storage.setItem(id, DATA)
      proxy.requests.splice(0)
      atTime(START + lifetime * 0.05)
      await storage.getItemRaw(id)
      expect(proxy.operations()).toEqual(['GetItem'])
      atTime(START + lifetime * 0.5)
      await storage.getItemRaw(id)
      expect(proxy.operations()).toEqual(['GetItem', 'GetItem', 'UpdateItem'])
      atTime(START + lifetime * 1.4)
      expect(await storage.getItemRaw(id)).toBe(DATA)
      atTime(START + lifetime * 2.5)
      expect(await storage.getItemRaw(id)).toBeNull()
    })

    it('lives as long as `maxStale` says, for ever with 0', async () => {
      atTime(START)
      const [short, eternal] = [open({ maxStale: 60 }), open({ maxStale: 0 })]
      const [one, two] = [randomUUID(), randomUUID()]
      await short.setItem(one, DATA)
      await eternal.setItem(two, DATA)
      atTime(START + 60)
      expect(await short.getItemRaw(one)).toBeNull()
      atTime(START + 5000 * 24 * 3600)
      expect(await eternal.getItemRaw(two)).toBe(DATA)
    })

    it('that was destroyed stays away, whatever a slow request writes', async () => {
      const storage = open()
      const id = randomUUID()
      await storage.setItem(id, DATA)
      await open().removeItem(id)
      await storage.setItem(id, DATA)
      expect(await storage.getItemRaw(id)).toBeNull()
    })

    it('is under the hash of its id, and is no key of a session of another adapter', async () => {
      const id = randomUUID()
      await open({ keyPrefix: 'shop:' }).setItem(id, DATA)
      const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.options.tableName, ConsistentRead: true }))
      const keys = Items.map(({ session_id }) => session_id?.S)
      expect(keys).toContainEqual(expect.stringMatching(/^shop:astro:[0-9a-f]{64}$/))
      expect(keys.join()).not.toContain(id)
    })
  })
})

describe('the configuration', () => {
  it('names the entry, and survives JSON', () => {
    const made = dynamodbSessionDriver({ tableName: 'sessions', maxStale: 60 })
    expect(JSON.parse(JSON.stringify(made))).toEqual({
      entrypoint: 'dynamodb-sessions/astro',
      config: { tableName: 'sessions', maxStale: 60 },
    })
  })

  it('is checked where it is given', () => {
    expect(() => dynamodbSessionDriver({ table: 'sessions' } as object)).toThrow(InvalidOptionError)
  })
})
