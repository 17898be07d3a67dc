// What is deleted, and what is not.
import { PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { deflateRawSync } from 'node:zlib'
import { expect, test, vi } from 'vitest'
import { toResumeToken } from '../../src/gc/resume-token.ts'
import dynamoDriver from '../../src/driver.ts'
import { collectGarbage, createSessionStore, createSessionTable, deleteSessionTable } from '../../src/index.ts'
import { onEveryEngine } from '../support/engines.ts'
import { DAY, asText, at, hex, old, useItems } from './items.ts'

onEveryEngine((table) => {
  const { options, client } = table
  const { proxy, proxied, hasPartiQL, put, fill, keys } = useItems(table)

  test('deletes what is too old or idle too long, with times of both types, and nothing else', async () => {
    await put(hex(1), { created_at: at(2 * DAY), updated_at: at(60) })
    await put(hex(2), { created_at: asText(2 * DAY), updated_at: asText(60) })
    await put(hex(3), { created_at: at(DAY / 2), updated_at: at(DAY / 3) })
    await put(hex(4), { created_at: asText(DAY / 2), updated_at: asText(DAY / 3) })
    await put(hex(5), { created_at: at(DAY / 2), updated_at: at(60) })
    const result = await collectGarbage({ ...options, maxAge: DAY, maxStale: DAY / 4 })
    expect(await keys()).toEqual([hex(5)])
    expect(result).toMatchObject({ scanned: 5, matched: 4, deleted: 4, spared: 0, kept: 1, ignored: 0, failed: 0 })
    expect(result.consumedReadUnits).toBeGreaterThan(0)
    expect(result.consumedWriteUnits).toBeGreaterThanOrEqual(4)
    expect(result.resumeToken).toBeUndefined()
    expect(result.deletedWith).toBe(hasPartiQL ? 'partiql' : 'deleteItem')
    expect(result.notes.map(({ code }) => code).includes('WITHOUT_PARTIQL')).toBe(!hasPartiQL)
  })

  test('leaves other applications and items of other shapes alone', async () => {
    const foreign = ['short', `other:${hex(1)}`, `app:${hex(1).slice(1)}`, `app:${hex('G')}`, 'app:cache:page', hex(9)]
    for (const key of foreign) await put(key, old())
    await put(`app:${hex(2)}`, { created_at: { S: '2020-01-01T00:00:00Z' }, updated_at: { S: 'yesterday' } })
    await put(`app:${hex(3)}`, {})
    await put(`app:${hex(4)}`, old())
    await put('coupon', { expire_at: at(DAY) })
    await put(`other:${hex(5)}`, { ...old(), expire_at: at(DAY) })
    await put(`app:${hex(6)}`, { created_at: at(60), updated_at: at(60), expire_at: at(10) })
    const result = await collectGarbage({ ...options, keyPrefix: 'app:', maxAge: DAY, maxStale: DAY, includeExpired: true })
    expect(await keys()).toEqual([...foreign, `app:${hex(2)}`, `app:${hex(3)}`, 'coupon', `other:${hex(5)}`].toSorted())
    expect(result).toMatchObject({ scanned: 12, matched: 2, deleted: 2, ignored: 10 })
    // Without a prefix, whatever is past its own time goes.
    expect(await collectGarbage({ ...options, includeExpired: true })).toMatchObject({ matched: 1, deleted: 1 })
    expect(await keys()).not.toContain(`other:${hex(5)}`)
  })

  test('takes the ids of the prefix where they are not hashed', async () => {
    const id = `${'a'.repeat(32)}--id`
    await put(`app:${id}`, old())
    const foreign = [id, 'app:raw--id', `app:admin:${id}`, `app:${'a'.repeat(129)}`]
    for (const key of foreign) await put(key, old())
    await collectGarbage({ ...options, keyPrefix: 'app:', hashIds: false, maxAge: DAY })
    expect(await keys()).toEqual(foreign.toSorted())
  })

  test('deletes expired sessions, tombstones and unstorage items where it is told to', async () => {
    await put(hex(1), { created_at: at(60), updated_at: at(60), expire_at: at(10) })
    await put(hex(2), { created_at: at(60), updated_at: at(60), expire_at: at(-60) })
    await put(hex(3), { created_at: at(60), updated_at: at(60), expire_at: asText(10) })
    await put(hex(4), { moved: { S: 'token' }, expire_at: at(10) })
    const driver = dynamoDriver(options)
    await driver.setItem?.('page', 'text', { ttl: 1 })
    await driver.setItem?.('other', 'text', {})
    await client.send(
      new UpdateItemCommand({
        TableName: options.tableName,
        Key: { session_id: { S: 'page' } },
        UpdateExpression: 'SET expire_at = :at',
        ExpressionAttributeValues: { ':at': { N: '1000000' } },
      }),
    )
    const result = await collectGarbage({ ...options, includeExpired: true })
    expect(await keys()).toEqual([hex(2), 'other'])
    expect(result).toMatchObject({ matched: 4, deleted: 4, kept: 1, ignored: 1 })
  })

  test('collects by nothing but what was set: a default deletes nothing', async () => {
    await put(hex(1), { created_at: at(300 * DAY), updated_at: at(300 * DAY) })
    expect(await collectGarbage(options)).toMatchObject({ matched: 0, deleted: 0 })
    expect(await collectGarbage({ ...options, maxStale: 0 })).toMatchObject({ matched: 0 })
    vi.stubEnv('AWS_DYNAMO_DB_SESSION_MAX_STALE', String(DAY))
    expect(await collectGarbage(options)).toMatchObject({ matched: 1, deleted: 1 })
  })

  test('leaves expired records to a TTL that is enabled, and says when nothing is left to collect by', async () => {
    await put(hex(1), { created_at: at(60), updated_at: at(60), expire_at: at(10) })
    await put(hex(2), old())
    proxy.rewrite = (request, answer) =>
      request.operation === 'DescribeTimeToLive'
        ? { TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'expire_at' } }
        : answer
    if (!hasPartiQL) {
      proxy.fault = ({ operation }) =>
        operation === 'DescribeTimeToLive'
          ? { status: 200, body: { TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'expire_at' } } }
          : undefined
    }
    const nothing = await collectGarbage(proxied())
    expect(nothing).toMatchObject({ scanned: 0, deleted: 0, notes: [{ code: 'NOTHING_TO_COLLECT_BY' }] })
    expect(proxy.operations()).toEqual(['DescribeTimeToLive'])
    expect(await collectGarbage({ ...proxied(), maxAge: DAY })).toMatchObject({ matched: 1, deleted: 1, kept: 1 })
    expect(await keys()).toEqual([hex(1)])
    expect(await collectGarbage({ ...proxied(), includeExpired: true })).toMatchObject({ deleted: 1 })
  })

  test('sends conditional batches of 25 where the engine knows PartiQL', async () => {
    await fill(60, old)
    await collectGarbage({ ...proxied(), maxAge: DAY })
    const batches = proxy.requests.filter(({ operation }) => operation === 'BatchExecuteStatement')
    const sizes = batches.map(({ body }) => (body.Statements as unknown[]).length)
    if (hasPartiQL) expect(sizes).toEqual([25, 25, 10])
    else expect(proxy.operations().filter((operation) => operation === 'DeleteItem')).toHaveLength(60)
    const scan = proxy.requests.find(({ operation }) => operation === 'Scan')?.body
    expect(scan).toMatchObject({ ConsistentRead: false, TotalSegments: 8 })
    expect(Object.values(scan?.ExpressionAttributeNames as object)).toEqual(['session_id', 'created_at', 'updated_at', 'expire_at'])
  })

  test('a dry run counts and deletes nothing', async () => {
    await fill(30, old)
    const result = await collectGarbage({ ...proxied(), maxAge: DAY, dryRun: true })
    expect(result).toMatchObject({ scanned: 30, matched: 30, deleted: 0, consumedWriteUnits: 0 })
    expect(proxy.operations().filter((operation) => /Delete|Execute/.test(operation))).toEqual([])
    expect(await keys()).toHaveLength(30)
  })

  test('collects in a table with a sort key, and only items of its value', async () => {
    const own = { ...options, tableName: `${options.tableName}-sorted`, sortKey: 'kind', sortKeyValue: 'session' }
    await createSessionTable(own)
    try {
      const store = createSessionStore(own)
      const { key } = await store.create({ a: 1 })
      for (const kind of ['session', 'cart']) {
        const Item = { session_id: { S: kind === 'cart' ? key : hex(1) }, kind: { S: kind }, ...old() }
        await client.send(new PutItemCommand({ TableName: own.tableName, Item }))
      }
      expect(await collectGarbage({ ...own, maxAge: DAY })).toMatchObject({ scanned: 3, matched: 1, deleted: 1, kept: 1, ignored: 1 })
      await expect(collectGarbage({ ...options, tableName: own.tableName, maxAge: DAY })).rejects.toMatchObject({ code: 'TABLE_MISMATCH' })
    } finally {
      await deleteSessionTable(own)
    }
  })
})

test.each([
  ['segments', 0],
  ['segments', 1.5],
  ['concurrency', 65],
  ['maxWriteRate', 0],
  ['maxReadRate', '5'],
  ['dryRun', 'yes'],
  ['includeExpired', 1],
  ['signal', {}],
  ['resumeToken', 'nonsense'],
  ['resumeToken', Buffer.from(JSON.stringify({ table: 'sessions', positions: [{ from: null, left: [] }] })).toString('base64url')],
  ['resumeToken', toResumeToken('another', [{ from: null, left: [] }])],
  ['resumeToken', toResumeToken('sessions', [])],
  ['resumeToken', toResumeToken('sessions', [{ from: {}, left: [] }])],
  ['resumeToken', toResumeToken('sessions', [{ from: null, left: [{ other: { S: 'key' } }] }])],
  ['resumeToken', deflateRawSync(Buffer.alloc(65 * 1024 * 1024)).toString('base64url')],
  ['onProgress', 1],
  ['driver', dynamoDriver()],
  ['maxAge', 0],
  ['maxStlae', 60],
])('refuses %s: %j', async (option, value) => {
  await expect(collectGarbage({ [option]: value })).rejects.toMatchObject({ code: 'INVALID_OPTION', option })
})
