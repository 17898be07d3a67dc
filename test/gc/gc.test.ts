import { BatchWriteItemCommand, PutItemCommand, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { randomBytes } from 'node:crypto'
import { tracingChannel } from 'node:diagnostics_channel'
import { deflateRawSync } from 'node:zlib'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { fromResumeToken, toResumeToken } from '../../src/gc/resume-token.ts'
import type { Position } from '../../src/gc/resume-token.ts'
import { resolveOptions } from '../../src/core/options/options.ts'
import dynamoDriver from '../../src/driver.ts'
import { collectGarbage, createSessionStore, createSessionTable, deleteSessionTable } from '../../src/index.ts'
import type { GarbageCollectionOptions } from '../../src/index.ts'
import { onEveryEngine } from '../support/engines.ts'
import type { TestTable } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'

const DAY = 24 * 60 * 60
const hex = (n: number | string): string => String(n).padStart(64, '0')
const at = (ago: number): AttributeValue => ({ N: String(Date.now() / 1000 - ago) })
const asText = (ago: number): AttributeValue => ({ S: String(Date.now() / 1000 - ago) })

onEveryEngine(({ engine, options, client }: TestTable) => {
  const proxy = useProxy(engine)
  const proxied = (): GarbageCollectionOptions => ({ ...options, endpoint: proxy.endpoint })
  const hasPartiQL = engine.name !== 'dynalite'

  async function put(key: string, attributes: Record<string, AttributeValue>): Promise<void> {
    await client.send(
      new PutItemCommand({ TableName: options.tableName, Item: { session_id: { S: key }, data: { S: '{}' }, ...attributes } }),
    )
  }
  async function fill(count: number, attributes: (n: number) => Record<string, AttributeValue>, prefix = ''): Promise<void> {
    for (let from = 0; from < count; from += 25) {
      const puts = Array.from({ length: Math.min(25, count - from) }, (_, n) => ({
        PutRequest: { Item: { session_id: { S: prefix + hex(from + n) }, data: { S: '{}' }, ...attributes(from + n) } },
      }))
      await client.send(new BatchWriteItemCommand({ RequestItems: { [options.tableName]: puts } }))
    }
  }
  async function keys(): Promise<string[]> {
    const found: string[] = []
    let next: Record<string, AttributeValue> | undefined
    do {
      const page = await client.send(
        new ScanCommand({ TableName: options.tableName, ConsistentRead: true, ...(next ? { ExclusiveStartKey: next } : {}) }),
      )
      found.push(...(page.Items ?? []).map((item) => item.session_id?.S as string))
      next = page.LastEvaluatedKey
    } while (next)
    return found.toSorted()
  }
  /** Old ones are due by `maxAge: DAY`. */
  const old = (): Record<string, AttributeValue> => ({ created_at: at(2 * DAY), updated_at: at(2 * DAY) })

  afterEach(async () => {
    const all = await keys()
    for (let from = 0; from < all.length; from += 25) {
      const deletes = all.slice(from, from + 25).map((key) => ({ DeleteRequest: { Key: { session_id: { S: key } } } }))
      await client.send(new BatchWriteItemCommand({ RequestItems: { [options.tableName]: deletes } }))
    }
  })

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

  describe.each(hasPartiQL ? ['partiql', 'deleteItem'] : ['deleteItem'])('with %s', (method) => {
    const isDelete = (operation: string): boolean => operation === 'BatchExecuteStatement' || operation === 'DeleteItem'
    const fault = (request: { operation: string }): { status: number; body: unknown } | undefined =>
      method === 'deleteItem' && request.operation === 'BatchExecuteStatement'
        ? { status: 400, body: { __type: 'com.amazon.coral.service#AccessDeniedException', Message: 'no' } }
        : undefined

    test('a session that is refreshed between scan and delete lives, whatever changed', async () => {
      await put(hex(0), { ...old(), expire_at: at(DAY) })
      await put(hex(1), old())
      await put(hex(2), { created_at: { N: '1000' }, updated_at: { N: '1000' } })
      await put(hex(3), { ...old(), expire_at: at(DAY) })
      await put(hex(4), old())
      await put(hex(5), { updated_at: at(DAY), created_at: at(DAY), expire_at: at(DAY) })
      const set = async (key: string, UpdateExpression: string, value?: AttributeValue): Promise<void> => {
        await client.send(
          new UpdateItemCommand({
            TableName: options.tableName,
            Key: { session_id: { S: key } },
            UpdateExpression,
            ...(value ? { ExpressionAttributeValues: { ':v': value } } : {}),
          }),
        )
      }
      let refreshed: Promise<unknown> | undefined
      proxy.fault = (request) => {
        if (!isDelete(request.operation)) return undefined
        refreshed ??= Promise.all([
          set(hex(0), 'SET expire_at = :v', at(-DAY)),
          set(hex(1), 'SET updated_at = :v', at(0)),
          set(hex(2), 'SET updated_at = :v', { S: '1000' }),
          set(hex(3), 'REMOVE expire_at'),
          set(hex(4), 'SET expire_at = :v', at(-DAY)),
        ])
        return fault(request) ?? 150
      }
      const result = await collectGarbage({ ...proxied(), maxAge: DAY, includeExpired: true })
      expect(await keys()).toEqual([0, 1, 2, 3, 4].map(hex))
      expect(result).toMatchObject({ matched: 6, deleted: 1, spared: 5, failed: 0, deletedWith: method })
    })

    test('throttling and lost replies change only the time', async () => {
      await fill(150, (n) => (n % 3 ? old() : { created_at: at(1), updated_at: at(1) }))
      const faults = ['throttle', 'reset', 'throttle', 'reset after', 'throttle', 'error after'] as const
      let requests = 0
      proxy.fault = (request) =>
        fault(request) ??
        (/Execute|DeleteItem|Scan/.test(request.operation) && ++requests % 10 < 3 ? faults[requests % faults.length] : undefined)
      const result = await collectGarbage({ ...proxied(), maxAge: DAY })
      expect(result).toMatchObject({ scanned: 150, matched: 100, deleted: 100, spared: 0, failed: 0, kept: 50, deletedWith: method })
      expect(await keys()).toHaveLength(50)
    })

    test('stops on a signal, and loses nothing when it goes on', async () => {
      await fill(300, old)
      const stop = new AbortController()
      proxy.fault = (request) => {
        if (proxy.requests.filter(({ operation }) => isDelete(operation)).length > 4) stop.abort()
        return fault(request)
      }
      const first = await collectGarbage({ ...proxied(), maxAge: DAY, maxReadRate: 400, segments: 3, concurrency: 1, signal: stop.signal })
      expect(first.resumeToken).toBeTypeOf('string')
      expect(first.deleted).toBeGreaterThan(0)
      expect(await keys()).toHaveLength(300 - first.deleted)
      const second = await collectGarbage({ ...options, maxAge: DAY, resumeToken: first.resumeToken as string })
      expect(second.resumeToken).toBeUndefined()
      expect(first.deleted + second.deleted).toBe(300)
      expect(second.matched).toBe(second.deleted)
      expect(second.scanned).toBe(second.matched)
      expect(await keys()).toEqual([])
    })

    test('compares bytes as they were read', async () => {
      await put(hex(1), { created_at: { B: Buffer.from([1, 255]) }, updated_at: { S: 'yesterday' }, expire_at: at(60) })
      proxy.fault = fault
      const result = await collectGarbage({ ...proxied(), includeExpired: true })
      expect(result).toMatchObject({ matched: 1, deleted: 1, spared: 0, failed: 0, deletedWith: method })
      expect(await keys()).toEqual([])
    })
  })

  test('what a token says is left is judged by the options of the run that goes on', async () => {
    await fill(2, old)
    const item = { session_id: { S: hex(0) }, ...old() }
    const edited = toResumeToken(options.tableName, [{ from: 'done', left: [item] }])
    expect(await collectGarbage({ ...options, maxAge: 3 * DAY, resumeToken: edited })).toMatchObject({ scanned: 1, matched: 0, kept: 1 })
    expect(await collectGarbage({ ...options, keyPrefix: 'app:', maxAge: DAY, resumeToken: edited })).toMatchObject({ ignored: 1 })
    expect(await keys()).toHaveLength(2)
  })

  test('a token of 4096 segments fits into an argument', async () => {
    const { resumeToken = '' } = await collectGarbage({ ...options, maxAge: DAY, segments: 4096, signal: AbortSignal.abort() })
    expect(resumeToken.length).toBeLessThan(1000)
    // Each of 64 batches of deletes has records of 25 segments, as many as can be between scan and delete.
    const key = (): string => randomBytes(32).toString('hex')
    const item = (): Position['left'][number] => ({ session_id: { S: key() }, ...old(), expire_at: at(DAY) }) as Position['left'][number]
    const positions = Array.from({ length: 4096 }, (_, n): Position =>
      n < 1600
        ? { from: n % 2 ? { session_id: { S: key() } } : null, left: n % 10 ? [] : [item()] }
        : { from: n % 3 ? 'done' : null, left: [] },
    )
    const token = toResumeToken(options.tableName, positions)
    expect(token.length).toBeLessThan(100_000)
    expect(fromResumeToken(token, options.tableName, resolveOptions(options))).toEqual(positions)
  })

  test('a rate and throttling together warn of nothing', async () => {
    await fill(500, old)
    const warnings: Error[] = []
    const listen = (warning: Error): void => void warnings.push(warning)
    process.on('warning', listen)
    onTestFinished(() => void process.off('warning', listen))
    const seen = new Map<string, number>()
    // The first attempts of everything, so that all batches wait at once.
    proxy.fault = ({ operation, body }) => {
      if (!/Execute|DeleteItem/.test(operation)) return undefined
      const what = JSON.stringify(body)
      seen.set(what, (seen.get(what) ?? 0) + 1)
      return (seen.get(what) as number) < (operation === 'DeleteItem' ? 2 : 4) ? 'throttle' : undefined
    }
    const result = await collectGarbage({ ...proxied(), maxAttempts: 1, maxAge: DAY, maxWriteRate: 2000, maxReadRate: 2000, segments: 16 })
    expect(result).toMatchObject({ deleted: 500 })
    // A warning comes a tick later.
    await new Promise((resume) => setImmediate(resume))
    expect(warnings).toEqual([])
  })

  test('an answer that breaks off or tells too little is no deletion', async () => {
    await fill(60, old)
    let answers = 0
    proxy.fault = ({ operation }) => {
      if (operation === 'Scan' && ++answers === 1) return 'truncate'
      if (operation !== 'BatchExecuteStatement') return undefined
      answers++
      return answers === 2 ? { status: 200, body: { Responses: [] } } : answers === 4 ? 'truncate' : undefined
    }
    const result = await collectGarbage({ ...proxied(), maxAge: DAY, segments: 1 })
    expect(result).toMatchObject({ matched: 60, deleted: 60, spared: 0, failed: 0 })
    expect(await keys()).toEqual([])
  })

  test('is told of by the tracing channel of requests', async () => {
    await fill(30, old)
    const told: { action: string; units: number }[] = []
    const listen = (message: unknown): void => void told.push(message as { action: string; units: number })
    const channel = tracingChannel('dynamodb-sessions:request').asyncEnd
    channel.subscribe(listen)
    try {
      await collectGarbage({ ...options, maxAge: DAY })
    } finally {
      channel.unsubscribe(listen)
    }
    expect(await keys()).toEqual([])
    expect(told.find(({ action }) => action === 'dynamodb:Scan')?.units).toBeGreaterThan(0)
    if (hasPartiQL)
      expect(
        told.filter(({ action }) => action === 'dynamodb:BatchExecuteStatement').reduce((sum, { units }) => sum + units, 0),
      ).toBeGreaterThan(29)
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

  test('an aborted signal does nothing but return where to begin', async () => {
    await fill(3, old)
    const { resumeToken, ...rest } = await collectGarbage({ ...options, maxAge: DAY, signal: AbortSignal.abort() })
    expect(rest).toMatchObject({ scanned: 0, deleted: 0 })
    expect(await collectGarbage({ ...options, maxAge: DAY, resumeToken: resumeToken as string })).toMatchObject({ deleted: 3 })
  })

  test('reports progress, and passes on what the callback throws', async () => {
    await fill(60, old)
    const seen: number[] = []
    const result = await collectGarbage({ ...options, maxAge: DAY, onProgress: ({ deleted }) => void seen.push(deleted) })
    expect(seen.at(-1)).toBe(result.deleted)
    const broken = collectGarbage({ ...options, maxAge: DAY, onProgress: () => JSON.parse('{') as void })
    await expect(broken).rejects.toBeInstanceOf(SyntaxError)
    await fill(60, old)
    const later = collectGarbage({ ...options, maxAge: DAY, onProgress: async () => JSON.parse('{') as void })
    await expect(later).rejects.toBeInstanceOf(SyntaxError)
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

  describe('where the role may delete some keys only', () => {
    const isMine = (key: unknown): boolean => Number(String(key).slice(-3)) % 10 !== 0
    const denied = { status: 400, body: { __type: 'com.amazon.coral.service#AccessDeniedException', Message: 'no' } }
    const keysOf = ({ Statements, Key }: Record<string, unknown>): unknown[] =>
      Key
        ? [(Key as { session_id: { S: string } }).session_id.S]
        : ((Statements ?? []) as { Parameters: { S: string }[] }[]).map(({ Parameters }) => Parameters[0]?.S)

    test.each(['for the batch', ...(hasPartiQL ? ['for the statement'] : [])])(
      'told %s, the rest goes, and the others fail',
      async (how) => {
        await fill(100, old)
        proxy.fault = ({ body }) => (how === 'for the batch' && !keysOf(body).every(isMine) ? denied : undefined)
        if (how === 'for the statement') {
          const error = { Error: { Code: 'AccessDenied', Message: 'no' } }
          proxy.fault = ({ operation, body }) => {
            if (operation !== 'BatchExecuteStatement' || keysOf(body).every(isMine)) return undefined
            // No engine answers this; what is allowed here is said to be done, and is not.
            return { status: 200, body: { Responses: keysOf(body).map((key) => (isMine(key) ? { TableName: options.tableName } : error)) } }
          }
        }
        const result = await collectGarbage({ ...proxied(), maxAge: DAY })
        expect(result).toMatchObject({ matched: 100, deleted: 90, failed: 10 })
        expect(result.notes).toContainEqual({ code: 'FAILED_DELETES', message: expect.stringMatching(/^some records must not .* denied/) })
        if (how === 'for the batch') expect((await keys()).filter(isMine)).toEqual([])
        expect((await keys()).filter((key) => !isMine(key))).toHaveLength(10)
      },
    )

    test('and none at all, the run ends with an error before it has tried all', async () => {
      await fill(600, old)
      proxy.fault = ({ operation }) => (/Execute|DeleteItem/.test(operation) ? denied : undefined)
      await expect(collectGarbage({ ...proxied(), maxAge: DAY })).rejects.toMatchObject({ code: 'ACCESS_DENIED' })
      expect(proxy.operations().filter((operation) => operation === 'DeleteItem').length).toBeLessThan(400)
      expect(await keys()).toHaveLength(600)
    })
  })

  test('errors are typed', async () => {
    await expect(collectGarbage({ ...options, tableName: 'no-such-table', maxAge: DAY })).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' })
    await put(hex(1), old())
    proxy.fault = ({ operation }) =>
      /Execute|DeleteItem/.test(operation)
        ? { status: 400, body: { __type: 'com.amazon.coral.service#AccessDeniedException', Message: 'no' } }
        : undefined
    await expect(collectGarbage({ ...proxied(), maxAge: DAY })).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      action: 'dynamodb:DeleteItem',
    })
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
