// Applications that share a table see their own sessions only (guarantee 15).
import { PutItemCommand, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, it, vi } from 'vitest'
import dynamodbDriver from '../../../src/driver.ts'
import { revoke } from '../../../src/cli/commands/revoke.ts'
import { show } from '../../../src/cli/commands/show.ts'
import { collectGarbage, createSessionStore } from '../../../src/index.ts'
import type { SessionStore } from '../../../src/index.ts'
import { onEveryEngine } from '../../support/engines.ts'
import { useProxy } from '../../support/proxy.ts'

vi.mock(import('../../../src/core/base/wait.ts'), async (original) => (await import('../../support/pauses.ts')).shortPauses(original))

type Data = Record<string, unknown>

onEveryEngine(
  ({ engine, options, client }) => {
    const proxy = useProxy(engine)
    const of = (keyPrefix: string, more: object = {}): SessionStore<Data> =>
      createSessionStore<Data>({ ...options, endpoint: proxy.endpoint, keyPrefix, userIdKey: 'uid', ...more })
    const listed = async (store: SessionStore<Data>, userId: string): Promise<string[]> => {
      const found: string[] = []
      for await (const { key } of store.listByUser(userId)) found.push(key)
      return found
    }
    const keys = async (): Promise<(string | undefined)[]> =>
      ((await client.send(new ScanCommand({ TableName: options.tableName, ConsistentRead: true }))).Items ?? []).map(
        (item) => item.session_id?.S,
      )

    describe.each([
      ['shop:', 'shop:admin:', 'admin:root', 'root', true],
      ['app-', 'app-1-', '1-7', '7', true],
      ['team', 'team1', '1:eve', ':eve', true],
      ['raw:', 'raw:admin:', 'admin:root', 'root', false],
    ] as const)('the prefix %s beside %s', (outer, inner, mine, theirs, hashIds) => {
      it('shares no user, no key and no garbage', async () => {
        vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
        const [own, other] = [of(outer, { hashIds }), of(inner, { hashIds })]
        const record = await other.create({ uid: theirs })
        expect(await listed(own, mine)).toEqual([])
        expect(await listed(other, theirs)).toEqual([record.key])
        proxy.reset()
        expect(await own.destroyByUser(mine)).toBe(0)
        expect(proxy.operations().filter((operation) => operation !== 'Query')).toEqual([])
        expect(await other.read(record.id)).not.toBeNull()
        await expect(own.destroyByKey(record.key)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'key' })
        const { tableName, endpoint } = options
        // Made long ago: garbage collection judges by whole seconds, and what is a moment old is never due.
        await client.send(
          new UpdateItemCommand({
            TableName: tableName,
            Key: { session_id: { S: record.key } },
            UpdateExpression: 'SET created_at = :old, updated_at = :old',
            ExpressionAttributeValues: { ':old': { N: '1600000000' } },
          }),
        )
        await collectGarbage({ tableName, endpoint, keyPrefix: outer, hashIds, maxStale: 3600, maxAge: 3600 })
        expect(await keys()).toContain(record.key)
        await other.destroyByKey(record.key)
      })
    })

    it('an item that is no session is not deleted by its key, nor shown or revoked by the command', async () => {
      for (const hashIds of [true, false]) {
        await client.send(
          new PutItemCommand({ TableName: options.tableName, Item: { session_id: { S: 'order#1' }, data: { S: '{"total":5}' } } }),
        )
        await expect(of('', { hashIds }).destroyByKey('order#1')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
        const flags = { tableName: options.tableName, endpoint: options.endpoint, hashIds, key: 'order#1' }
        // An argument that is wrong ends the command with 2: command-line.e2e.ts.
        const refused = { code: 'INVALID_ARGUMENT', message: expect.stringContaining('is not that of a session') as string }
        await expect(show.run({ ...flags, data: true })).rejects.toMatchObject(refused)
        await expect(revoke.run({ ...flags, yes: true })).rejects.toMatchObject(refused)
        expect(await keys()).toContain('order#1')
      }
    })

    it('garbage of a session under a longer prefix is left to whoever has that', async () => {
      const expired = { created_at: { N: '1' }, updated_at: { N: '1' }, expire_at: { N: '2' }, data: { S: '{}' } }
      const theirs = `gc:admin:${'e'.repeat(64)}`
      for (const key of [theirs, `gc:${'e'.repeat(64)}`, 'gc:page'])
        await client.send(new PutItemCommand({ TableName: options.tableName, Item: { session_id: { S: key }, ...expired } }))
      expect(await collectGarbage({ ...options, keyPrefix: 'gc:', includeExpired: true })).toMatchObject({ matched: 2, deleted: 2 })
      expect((await keys()).filter((key) => key?.startsWith('gc:'))).toEqual([theirs])
    })

    it('a driver refuses a prefix that is the beginning of others, and clears its own keys only', async () => {
      for (const wrong of [{ keyPrefix: 'app' }, { base: 'app' }, { keyPrefix: 'app-', hashIds: false }])
        expect(() => dynamodbDriver({ ...options, ...wrong })).toThrow(
          expect.objectContaining({ code: 'INVALID_OPTION', option: 'keyPrefix', source: 'code' }),
        )
      vi.stubEnv('AWS_DYNAMO_DB_SESSION_KEY_PREFIX', 'app')
      expect(() => dynamodbDriver(options)).toThrow(expect.objectContaining({ source: 'AWS_DYNAMO_DB_SESSION_KEY_PREFIX' }))
      vi.unstubAllEnvs()
      const [one, other] = [dynamodbDriver({ ...options, keyPrefix: 'app:' }), dynamodbDriver({ ...options, keyPrefix: 'app1:' })]
      await other.setItem('x', '1')
      await one.setItem('x', '1')
      expect(await one.getKeys()).toEqual(['x'])
      await one.clear()
      expect(await other.getItem('x')).toBe('1')
    })

    it('sessions of such a prefix go on working, with one warning', async () => {
      const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
      const odd = `odd-${engine.name}`
      const [store] = [of(odd), of(odd)]
      const record = await store.create({ uid: 'ada' })
      expect(await store.read(record.id)).toMatchObject({ data: { uid: 'ada' } })
      expect(await listed(store, 'ada')).toEqual([record.key])
      expect(warn.mock.calls).toEqual([
        [
          expect.stringContaining(`The \`keyPrefix\` ${odd} has no separator`),
          { type: 'DynamoSessionWarning', code: 'PREFIX_WITHOUT_SEPARATOR' },
        ],
      ])
      warn.mockClear()
      for (const [keyPrefix, hashIds] of [
        ['even:', true],
        [`${odd}-`, true],
        ['', false],
        ['even.', false],
      ] as const)
        of(keyPrefix, { hashIds })
      expect(warn).not.toHaveBeenCalled()
      of(`${odd}-`, { hashIds: false })
      expect(warn).toHaveBeenCalledTimes(1)
    })

    it('a user’s id of false is none', async () => {
      const store = of('nobody:')
      const record = await store.create({ uid: 'ada' })
      expect(await store.update(record, { uid: false })).toMatchObject({ data: { uid: false } })
      expect(await listed(store, 'ada')).toEqual([])
      await expect(store.destroyByUser(false as never)).rejects.toMatchObject({ argument: 'userId' })
    })
  },
  { userIdKey: 'uid' },
)
