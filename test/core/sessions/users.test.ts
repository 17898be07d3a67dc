import { execFileSync } from 'node:child_process'
import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, it, vi } from 'vitest'
import dynamodbDriver from '../../../src/driver.ts'
import { createSessionStore } from '../../../src/index.ts'
import type { SessionOptions, SessionRecord, SessionStore } from '../../../src/index.ts'
import { collect } from '../../support/collect.ts'
import { onEveryEngine } from '../../support/engines.ts'
import { diagnose } from '../../../src/doctor/doctor.ts'
import { pauses } from '../../support/pauses.ts'
import { useProxy } from '../../support/proxy.ts'

vi.mock(import('../../../src/core/base/wait.ts'), async (original) => (await import('../../support/pauses.ts')).shortPauses(original))

type Data = Record<string, unknown>

onEveryEngine(
  ({ engine, options, client }) => {
    const proxy = useProxy(engine)
    const host = (more: SessionOptions = {}, prefix = ''): SessionStore<Data> =>
      createSessionStore<Data>({
        driver: dynamodbDriver({ ...options, endpoint: proxy.endpoint, keyPrefix: prefix }),
        userIdKey: 'userId',
        ...more,
      })
    const itemAt = async (key: string) =>
      (await client.send(new GetItemCommand({ TableName: options.tableName, Key: { session_id: { S: key } }, ConsistentRead: true }))).Item
    const list = (sessions: SessionStore<Data>, userId: string | number | bigint) => collect(sessions.listByUser(userId))
    /** Hides what the index has, as while it lags. */
    const hideIndex = (passes: number, hidden: (key: string) => boolean) => {
      proxy.rewrite = ({ operation }, answer) => {
        if (operation !== 'Query' || passes-- <= 0) return answer
        const { Items = [] } = answer as { Items?: { session_id: { S: string } }[] }
        const left = Items.filter((item) => !hidden(item.session_id.S))
        return { ...(answer as object), Items: left, Count: left.length }
      }
    }

    describe('sessions of a user', () => {
      it('are listed with key and data, without an id', async () => {
        const sessions = host({}, 'list:')
        const mine = await sessions.create({ userId: 'ada', device: 'phone' })
        await sessions.create({ userId: 'ada', device: 'desk' })
        await sessions.create({ userId: 'bob' })
        await sessions.create({ anonymous: true })
        const found = await list(sessions, 'ada')
        expect(found.map(({ data }) => data.device).toSorted()).toEqual(['desk', 'phone'])
        expect(found.every((record) => !('id' in record))).toBe(true)
        expect(found.find(({ key }) => key === mine.key)).toMatchObject({
          data: mine.data,
          createdAt: mine.createdAt,
          expiresAt: mine.expiresAt,
        })
        expect((await itemAt(mine.key))?.user_id).toEqual({ S: 'list:ada' })
        await sessions.destroyByKey(mine.key)
        expect(await list(sessions, 'ada')).toHaveLength(1)
      })

      it('follow log-in and log-out; numbers and bigints are decimal text', async () => {
        const sessions = host({}, 'ids:')
        let record = await sessions.create({ a: 1 })
        for (const [userId, text] of [
          [42, '42'],
          [10n ** 21n, '1000000000000000000000'],
          [1e21, '1000000000000000000000'],
          ['x', 'x'],
        ] as const) {
          if (typeof userId === 'bigint') {
            await expect(sessions.update(record, { userId })).rejects.toMatchObject({ argument: 'data' }) // JSON has none
            expect(await list(sessions, userId)).toEqual([])
            continue
          }
          record = (await sessions.update(record, { userId })) as SessionRecord<Data>
          expect((await itemAt(record.key))?.user_id).toEqual({ S: `ids:${text}` })
          expect(await list(sessions, userId)).toHaveLength(1)
          for (const nobody of [undefined, null, '']) {
            record = (await sessions.update(record, { userId: nobody, n: String(nobody) })) as SessionRecord<Data>
            expect(await itemAt(record.key)).not.toHaveProperty('user_id')
            record = (await sessions.update(record, { userId })) as SessionRecord<Data>
          }
        }
      })

      it('of ids that cannot be are typed errors, before any request', async () => {
        const sessions = host()
        for (const userId of [{}, ['x'], true, NaN, 'x'.repeat(2049)]) {
          await expect(sessions.create({ userId })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'data.userId' })
          await expect(sessions.destroyByUser(userId as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'userId' })
        }
        await expect(sessions.destroyByUser('')).rejects.toMatchObject({ argument: 'userId' })
        await expect(sessions.destroyByUser('ada', { exceptId: 'bad' })).rejects.toMatchObject({ code: 'INVALID_ID' })
        await expect(host({ userIdKey: undefined } as never).destroyByUser('ada')).rejects.toMatchObject({ option: 'userIdKey' })
        expect(proxy.requests).toEqual([])
      })

      it('move with the user who logs in on the same browser, and with a new id', async () => {
        const sessions = host({}, 'move:')
        const record = await sessions.create({ userId: 'ada' })
        const moved = await sessions.regenerate(record, { data: { userId: 'bob' } })
        expect(await list(sessions, 'ada')).toEqual([])
        expect((await list(sessions, 'bob')).map(({ key }) => key)).toEqual([moved?.key])
      })

      it('leave out what is expired, gone, moved or another user’s, though the index still has it', async () => {
        const sessions = host({}, 'stale:')
        const record = await sessions.create({ userId: 'ada' }, { expiresAt: new Date(Date.now() - 1000) })
        const graced = await sessions.create({ userId: 'ada' })
        await sessions.regenerate(graced, { grace: 60, data: { userId: 'bob' } })
        const other = await sessions.create({ userId: 'eve' })
        proxy.rewrite = ({ operation }, answer) => {
          if (operation !== 'Query') return answer
          const keys = [record.key, graced.key, other.key, 'stale:' + 'f'.repeat(64)]
          return { Items: keys.map((S) => ({ session_id: { S } })), Count: 4 }
        }
        expect(await list(sessions, 'ada')).toEqual([])
      })

      it('are all destroyed but one, also those that the index shows late', async () => {
        const sessions = host({}, 'all:')
        const records = await Promise.all(Array.from({ length: 30 }, (_, n) => sessions.create({ userId: 'ada', n })))
        const kept = records[0] as SessionRecord<Data>
        const late = records[1] as SessionRecord<Data>
        hideIndex(1, (key) => key === late.key)
        pauses.splice(0)
        expect(await sessions.destroyByUser('ada', { exceptId: kept.id })).toBe(29)
        expect(pauses).toEqual([1000, 1000])
        proxy.reset()
        expect((await list(sessions, 'ada')).map(({ key }) => key)).toEqual([kept.key])
        expect(await sessions.read(late.id)).toBe(null)
        expect(await sessions.update(late, { userId: 'ada', back: 1 })).toBe(null)
        expect(await sessions.destroyByUser('nobody')).toBe(0)
      })

      it('are not destroyed when they are another user’s by now', async () => {
        const sessions = host({}, 'theirs:')
        const record = await sessions.create({ userId: 'bob' })
        let passes = 0
        proxy.rewrite = ({ operation }, answer) =>
          operation === 'Query'
            ? passes++ === 0
              ? { Items: [{ session_id: { S: record.key } }], Count: 1 }
              : { Items: [], Count: 0 }
            : answer
        expect(await sessions.destroyByUser('ada')).toBe(0)
        expect(await sessions.read(record.id)).not.toBe(null)
      })

      it('reach the old id that is still readable in its grace time', async () => {
        const sessions = host({}, 'grace:')
        const record = await sessions.create({ userId: 'ada' })
        await sessions.regenerate(record, { grace: 60 })
        expect(await sessions.read(record.id)).not.toBe(null)
        expect(await sessions.destroyByUser('ada')).toBe(2)
        expect(await sessions.read(record.id)).toBe(null)
      })

      it('of different prefixes are different users', async () => {
        const [shop, blog] = [host({}, 'shop:'), host({}, 'blog:')]
        await shop.create({ userId: 'ada' })
        await blog.create({ userId: 'ada' })
        expect(await list(shop, 'ada')).toHaveLength(1)
        expect(await blog.destroyByUser('ada')).toBe(1)
        expect(await list(shop, 'ada')).toHaveLength(1)
      })
    })
  },
  { userIdKey: 'userId' },
)

onEveryEngine(({ options }) => {
  it('says that the index is missing, and what to do', async () => {
    const sessions = createSessionStore({ ...options, userIdKey: 'userId' })
    await expect(sessions.destroyByUser('ada')).rejects.toMatchObject({
      code: 'TABLE_MISMATCH',
      message: expect.stringContaining('user_id-index'),
    })
  })

  it('prints a command for that which works as it stands', async () => {
    const sessions = createSessionStore({ ...options, region: 'us-east-1', userIdKey: "user's id" })
    const error = await sessions.destroyByUser('ada').catch((error: Error) => error)
    const printed = /`npx dynamodb-sessions ([^`]+)`/.exec((error as Error).message)?.[1]
    // As a shell takes it apart.
    const words = execFileSync('sh', ['-c', `printf '%s\\n' ${printed}`], { encoding: 'utf8' })
      .trim()
      .split('\n')
    const flags = ['--table-name', options.tableName, '--user-id-key', "user's id", '--region', 'us-east-1', '--endpoint', options.endpoint]
    expect(words).toEqual(['doctor', ...flags])
    const checks = await diagnose({ ...options, region: 'us-east-1', userIdKey: "user's id", secretKey: 'x'.repeat(40) })
    const [add] = /aws dynamodb update-table [^`]+/.exec(checks.find(({ name }) => name === 'index of users')?.remedy ?? '') ?? []
    expect(add).toContain(`--table-name ${options.tableName}`)
    expect(add).toContain('user_id-index')
  })
})
