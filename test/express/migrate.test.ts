// Sessions that another store made, read as they are and moved when they are used.
import { CreateTableCommand, DeleteTableCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import session from 'express-session'
import type { Store } from 'express-session'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Migration } from '../../src/express.ts'
import { onEveryEngine } from '../support/engines.ts'
import { call, lookInto, useVisits } from './visits.ts'
import type { Browser } from './visits.ts'

onEveryEngine((table) => {
  const visits = useVisits(table)
  const { proxy } = visits
  const ours = lookInto(table)

  describe('of connect-dynamodb', () => {
    const TableName = `${table.options.tableName}-old`
    const migrate: Migration = { from: 'connect-dynamodb', tableName: TableName }
    let made = 0

    beforeAll(async () => {
      await table.client.send(
        new CreateTableCommand({
          TableName,
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          BillingMode: 'PAY_PER_REQUEST',
        }),
      )
    })
    afterAll(() => table.client.send(new DeleteTableCommand({ TableName })))

    /** What it leaves for a browser whose cookie express-session signed. */
    async function old(values: object, more: object = {}): Promise<Browser> {
      visits.use()
      const browser: Browser = {}
      await visits.put(browser, { made: made++ })
      const id = visits.idOf(browser)
      await ours.destroy(id)
      const sess = {
        cookie: { originalMaxAge: 60_000, expires: new Date(Date.now() + 60_000).toISOString(), httpOnly: true, path: '/' },
        ...values,
      }
      const expires = { N: String(Math.floor(Date.now() / 1000) + 60) }
      const Item = { id: { S: `sess:${id}` }, type: { S: 'connect-session' }, sess: { S: JSON.stringify(sess) }, expires, ...more }
      await table.client.send(new PutItemCommand({ TableName, Item }))
      visits.use({}, { migrate })
      proxy.requests.splice(0)
      return browser
    }
    const left = async (browser: Browser): Promise<unknown> => {
      const Key = { id: { S: `sess:${visits.idOf(browser)}` } }
      return (await table.client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item
    }

    it('are read, and move with the first view', async () => {
      const browser = await old({ user: 'ada' })
      expect(await visits.show(browser)).toEqual({ user: 'ada' })
      expect(await left(browser)).toBeUndefined()
      proxy.requests.splice(0)
      expect(await visits.show(browser)).toEqual({ user: 'ada' })
      expect(visits.operations()).toEqual(['GetItem'])
      expect((await ours.read(visits.idOf(browser)))?.data.cookie).not.toHaveProperty('expires')
    })

    it('keep the changes of concurrent requests', async () => {
      const browser = await old({ user: 'ada' })
      await visits.visit({ ...browser }, async ({ session }) => {
        await visits.put({ ...browser }, { b: 1 })
        session.a = 1
        return {}
      })
      expect(await visits.show(browser)).toEqual({ user: 'ada', a: 1, b: 1 })
    })

    it('that were logged out stay so, whatever a slow request writes', async () => {
      const browser = await old({ user: 'ada' })
      await visits.visit({ ...browser }, async ({ session }) => {
        await visits.visit({ ...browser }, async (request) => {
          await call(request, 'destroy')
          return {}
        })
        session.seen = true
        return {}
      })
      expect(await ours.read(visits.idOf(browser))).toBeNull()
      expect(await left(browser)).toBeUndefined()
      expect(await visits.show(browser)).toEqual({})
    })

    it('get a new id by a log-in', async () => {
      const browser = await old({ cart: 1 })
      const before = { ...browser }
      await visits.visit(browser, async (request) => {
        await call(request, 'regenerate')
        request.session.userId = 'ada'
        return {}
      })
      expect(await left(before)).toBeUndefined()
      expect(await visits.show(browser)).toEqual({ userId: 'ada' })
      expect(await visits.show(before)).toEqual({})
    })

    it('that have expired, or have no data, are absent', async () => {
      expect(await visits.show(await old({ user: 'ada' }, { expires: { N: '1' } }))).toEqual({})
      expect(await visits.show(await old({ user: 'ada' }, { sess: { S: '{' } }))).toEqual({})
      expect(await visits.show(await old({ user: 'ada' }, { sess: { NULL: true } }))).toEqual({})
    })

    it('are not looked for after `until`', async () => {
      const browser = await old({ user: 'ada' })
      visits.use({}, { migrate: { ...migrate, until: new Date(Date.now() - 1000) } })
      expect(await visits.show(browser)).toEqual({})
      expect(visits.operations()).toEqual(['GetItem'])
    })
  })

  describe('of any other store of express-session', () => {
    it('move in the same way', async () => {
      const memory: Store = new session.MemoryStore()
      const browser: Browser = {}
      visits.use({ store: memory as never })
      await visits.put(browser, { user: 'ada' })
      visits.use({}, { migrate: { from: memory } })
      proxy.requests.splice(0)
      await visits.put(browser, { seen: true })
      expect(visits.operations()).toEqual(['GetItem', 'PutItem'])
      expect(await visits.show(browser)).toEqual({ user: 'ada', seen: true })
      expect(await new Promise((resolve) => memory.get(visits.idOf(browser), (_, found) => resolve(found)))).toBeUndefined()
    })
  })
})
