// What a table needs that Ruby's aws-sessionstore-dynamodb 4 writes to as well, beside gem.test.ts. What it does was seen with the gem itself, on Rack 3.
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { describe, expect, it, vi } from 'vitest'
import dynamodbDriver from '../../../src/driver.ts'
import { collectGarbage } from '../../../src/index.ts'
import type { SessionOptions, SessionStore } from '../../../src/index.ts'
import { atTime, START } from '../../support/clock.ts'
import { onEveryEngine } from '../../support/engines.ts'
import { must, useStores } from './stores.ts'
import type { Data } from './stores.ts'

const DAY = 86_400
let ids = 0

/** The gem's key: the HMAC of Rack's id, and the id. */
const gemId = (): string => `${'0'.repeat(24)}${String(ids++).padStart(8, '0')}--${'a'.repeat(64)}`
const asText = (seconds: number): AttributeValue => ({ S: `${seconds}.1234567` })
const asNumber = (seconds: number): AttributeValue => ({ N: `${seconds}.1234567` })

onEveryEngine(
  (table) => {
    const { store, put, itemAt, setAttribute, client, options, proxy } = useStores(table)
    const make = (more: SessionOptions = {}): SessionStore<Data> => store({ hashIds: false, maxStale: 1000, ...more })
    /** What the gem leaves of a session that it renews, as log-ins do: no time of creation. */
    async function gemRenews(time: (seconds: number) => AttributeValue, at = START, data = '{"a":1}'): Promise<string> {
      const id = gemId()
      await put({ session_id: { S: id }, data: { S: data }, updated_at: time(at), expire_at: { N: String(at + 1000) } })
      return id
    }
    /** What the gem does when it saves: no condition, and its lock goes with it. */
    const gemSaves = (id: string, at: number, data: string) =>
      client.send(
        new UpdateItemCommand({
          TableName: options.tableName,
          Key: { session_id: { S: id } },
          AttributeUpdates: {
            data: { Value: { S: data }, Action: 'PUT' },
            updated_at: { Value: asText(at), Action: 'PUT' },
            expire_at: { Value: { N: String(at + 14 * DAY) }, Action: 'PUT' },
            locked_at: { Action: 'DELETE' },
          },
        }),
      )

    describe.each([
      ['texts', asText],
      ['numbers', asNumber],
    ])('a session that Ruby renewed, with %s as times', (_, time) => {
      it('is read, with updated_at for created_at', async () => {
        atTime(START + 10)
        const record = must(await make().read(await gemRenews(time)))
        expect(record.data).toEqual({ a: 1 })
        expect(record.createdAt).toEqual(new Date(START * 1000 + 123))
      })

      it.each([
        [
          'an update',
          (sessions: SessionStore<Data>, id: string) => sessions.read(id).then((record) => sessions.update(must(record), { a: 2 })),
        ],
        ['a touch', (sessions: SessionStore<Data>, id: string) => sessions.read(id).then((record) => sessions.touch(must(record)))],
      ])('gets its created_at with %s', async (_name, write) => {
        atTime(START + 500)
        const sessions = make()
        const id = await gemRenews(time)
        expect(must(await write(sessions, id)).createdAt).toEqual(new Date(START * 1000 + 123))
        expect(await itemAt(id)).toMatchObject({ created_at: { N: `${START}.123` }, updated_at: { N: String(START + 500) } })
      })

      it('keeps its age under a new id', async () => {
        atTime(START + 500)
        const sessions = make()
        const record = must(await sessions.read(await gemRenews(time)))
        expect(must(await sessions.regenerate(record)).createdAt).toEqual(record.createdAt)
      })

      it('is collected by what it has', async () => {
        const now = Math.floor(Date.now() / 1000)
        const [old, young] = [await gemRenews(time, now - 2 * DAY), await gemRenews(time, now - 60)]
        expect(await collectGarbage({ ...options, hashIds: false, maxAge: DAY })).toMatchObject({ deleted: 1 })
        expect(await itemAt(old)).toBe(undefined)
        const idle = await gemRenews(time, now - 2 * DAY)
        expect(await collectGarbage({ ...options, hashIds: false, maxStale: DAY })).toMatchObject({ deleted: 1 })
        expect(await itemAt(idle)).toBe(undefined)
        expect(await itemAt(young)).not.toBe(undefined)
      })
    })

    describe('a session that moved here', () => {
      const isGone = async (id: string): Promise<void> => {
        const driver = dynamodbDriver(options)
        expect(await make().read(id)).toBe(null)
        expect(await driver.getItem(id)).toBe(null)
        expect(await driver.getItems([{ key: id }])).toEqual([{ key: id, value: null }])
        expect(await driver.hasItem(id)).toBe(false)
        expect(await driver.getMeta(id)).toBe(null)
        expect(await driver.getKeys()).not.toContain(id)
        expect(await make().withLock(id, async () => 1)).toBe(null)
        for await (const { key } of make({ userIdKey: 'userId' }).listByUser('ruby')) expect(key).not.toBe(id)
      }

      it('is an empty one for Ruby, and gone here, also with the lifetime that somebody asked for', async () => {
        atTime(START)
        const sessions = make({ maxStale: 0, userIdKey: 'userId', compression: 1 })
        const record = await sessions.create({ userId: 'ruby' }, { expiresAt: new Date((START + 30 * DAY) * 1000) })
        const moved = must(await sessions.regenerate(record))
        const tombstone = must(await itemAt(record.id))
        expect(tombstone).toMatchObject({ data: { S: '{}' }, moved_to: { S: moved.id }, expire_at: { N: String(START + 60) } })
        for (const name of ['max_expire_at', 'encoding', 'user_id']) expect(tombstone).not.toHaveProperty(name)
        await isGone(record.id)
        await setAttribute(record.id, 'max_expire_at', { N: String(START + 30 * DAY) })
        await isGone(record.id)
      })

      it('has its data in its grace time, and is an empty one for Ruby after a log-out', async () => {
        atTime(START)
        const sessions = make()
        const record = await sessions.create({ a: 1 })
        const moved = must(await sessions.regenerate(record, { grace: 30 }))
        expect((await sessions.read(record.id))?.data).toEqual({ a: 1 })
        await sessions.destroy(moved.id)
        expect(await itemAt(record.id)).toMatchObject({ data: { S: '{}' }, moved_to: { S: moved.id } })
        await isGone(record.id)
      })

      it('costs no request more to end than one without data', async () => {
        const sessions = make()
        const record = await sessions.create({ a: 1 })
        await sessions.regenerate(record)
        proxy.reset()
        await sessions.destroy(record.id)
        const deletes = proxy.operations().filter((operation) => operation !== 'GetItem')
        expect(deletes).toEqual(['DeleteItem', 'DeleteItem'])
      })

      it('is revived for Ruby only, when that writes over it', async () => {
        atTime(START)
        const sessions = make()
        const record = await sessions.create({ a: 1 })
        await sessions.regenerate(record)
        await gemSaves(record.id, START + 20, '{"ruby":true}')
        atTime(START + 30)
        await isGone(record.id)
        expect(await sessions.update(record, { a: 2 })).toBe(null)
        expect((await itemAt(record.id))?.data).toEqual({ S: '{"ruby":true}' })
      })

      it('is not collected before its time', async () => {
        const sessions = make()
        const record = await sessions.create({ a: 1 })
        await sessions.regenerate(record)
        await collectGarbage({ ...options, hashIds: false, maxAge: DAY, includeExpired: true })
        expect(await itemAt(record.id)).not.toBe(undefined)
        await sessions.destroy(record.id)
      })
    })

    it('says so where the data is Ruby’s own format, and leaves it', async () => {
      const told = vi.fn()
      const now = Math.floor(Date.now() / 1000)
      for (const data of ['BAh7BkkiBmEGOgZFVGkG\n', 'BAh9BkkiBmEGOgZFVGkGaQA=\n']) {
        const id = await gemRenews(asText, now, data)
        expect(await make({ errorHandler: told }).read(id)).toBe(null)
        expect(told).toHaveBeenLastCalledWith(
          expect.objectContaining({
            name: 'SessionDataError',
            code: 'UNREADABLE_DATA',
            message: expect.stringContaining('json_allow_marshal'),
          }),
          { operation: 'read' },
        )
        expect((await itemAt(id))?.data).toEqual({ S: data })
      }
    })
  },
  { userIdKey: 'userId' },
)
