import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb'
import { describe, expect, inject, it } from 'vitest'
import { createSessionTable, deleteSessionTable, describeSessionTable, enableSessionTableTtl, ensureSessionTable } from '../../src/index.ts'
import type { TableOptions, TableProgress, TableStoppedError, TableTimeoutError } from '../../src/index.ts'
import { awsCommands, runAws } from '../support/aws-cli.ts'
import { bareClient } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'

let tables = 0

describe.each(inject('engines'))('tables on $name', (engine) => {
  const hasTtl = engine.name !== 'dynalite'
  const proxy = useProxy(engine)
  const client = bareClient(engine.endpoint)
  const fresh = (more: TableOptions = {}): TableOptions => ({
    tableName: `table-${process.pid}-${Date.now()}-${tables++}`,
    endpoint: proxy.endpoint,
    ...more,
  })
  const raw = async ({ tableName }: TableOptions) => (await client.send(new DescribeTableCommand({ TableName: tableName }))).Table

  it('is created on demand, with TTL where the engine has it, and is ready when the promise resolves', async () => {
    const options = fresh()
    const { table, notApplied } = await createSessionTable(options)
    expect(table).toMatchObject({
      tableName: options.tableName,
      status: 'ACTIVE',
      billingMode: 'PAY_PER_REQUEST',
      tableKey: 'session_id',
      userIndex: false,
    })
    expect(table.sortKey).toBe(undefined)
    expect((await raw(options))?.KeySchema).toEqual([{ AttributeName: 'session_id', KeyType: 'HASH' }])
    if (hasTtl) {
      expect(notApplied).toEqual([])
      const ttl = await client.send(new DescribeTimeToLiveCommand({ TableName: options.tableName }))
      expect(ttl.TimeToLiveDescription).toMatchObject({ AttributeName: 'expire_at', TimeToLiveStatus: expect.stringMatching(/^ENABL/) })
    } else {
      expect(notApplied).toMatchObject([{ feature: 'timeToLive' }])
    }
    await deleteSessionTable(options)
  })

  it('gets what the options ask for, and tells what the engine lacks', async () => {
    const options = fresh({
      userIdKey: 'userId',
      tableKey: 'pk',
      sortKey: 'sk',
      sortKeyValue: 'S',
      readCapacity: 7,
      tags: { team: 'web' },
      deletionProtection: true,
      pointInTimeRecovery: true,
      serverSideEncryption: true,
    })
    const { table, notApplied } = await createSessionTable(options)
    expect(table).toMatchObject({ tableKey: 'pk', sortKey: 'sk', userIndex: true, billingMode: 'PROVISIONED' })
    const description = await raw(options)
    expect(description?.ProvisionedThroughput).toMatchObject({ ReadCapacityUnits: 7, WriteCapacityUnits: 5 })
    expect(description?.GlobalSecondaryIndexes?.[0]).toMatchObject({
      IndexName: 'user_id-index',
      KeySchema: [{ AttributeName: 'user_id', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    })
    const creation = proxy.requests.find(({ operation }) => operation === 'CreateTable')
    expect(creation?.body.SSESpecification).toEqual({ Enabled: true, SSEType: 'KMS' })
    const lacking = notApplied.map(({ feature }) => feature)
    if (hasTtl) {
      expect(lacking).not.toContain('timeToLive')
      expect(table.deletionProtection).toBe(true)
      const refused = await deleteSessionTable(options).catch((error: unknown) => error as Error)
      expect(refused).toMatchObject({ code: 'TABLE_MISMATCH', message: expect.stringContaining('protected against deletion') })
      await runAws((refused as Error).message, client)
      expect(await deleteSessionTable(options)).toBe(true)
    } else {
      expect(lacking).toEqual(expect.arrayContaining(['timeToLive', 'deletionProtection', 'pointInTimeRecovery']))
      await deleteSessionTable(options)
    }
  })

  it('is refused when it exists, and accepted by ensure, which changes nothing', async () => {
    const options = fresh()
    await createSessionTable(options)
    await expect(createSessionTable(options)).rejects.toMatchObject({
      code: 'TABLE_MISMATCH',
      message: expect.stringContaining('exists already'),
    })
    proxy.reset()
    const ensured = await ensureSessionTable(options)
    expect(ensured).toMatchObject({ created: false, notApplied: [] })
    expect(ensured.differences.map(({ what }) => what)).toEqual(hasTtl ? [] : ['timeToLive'])
    expect(proxy.operations().every((name) => name.startsWith('Describe'))).toBe(true)
    await deleteSessionTable(options)
  })

  it('is made once by many hosts that ensure it at the same time', async () => {
    const options = fresh()
    const results = await Promise.all(Array.from({ length: 5 }, () => ensureSessionTable(options)))
    expect(results.filter(({ created }) => created)).toHaveLength(1)
    expect(results.every(({ table }) => table.status === 'ACTIVE')).toBe(true)
    await deleteSessionTable(options)
  })

  it('of another shape is reported with what differs and what to do', async () => {
    const options = fresh({ userIdKey: 'userId', sortKey: 'sk', sortKeyValue: 'S' })
    await client.send(
      new CreateTableCommand({
        TableName: options.tableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
    )
    if (hasTtl) {
      const TimeToLiveSpecification = { AttributeName: 'expires', Enabled: true }
      await client.send(new UpdateTimeToLiveCommand({ TableName: options.tableName, TimeToLiveSpecification }))
    }
    const { differences } = await ensureSessionTable(options)
    expect(differences).toMatchObject([
      { what: 'tableKey', expected: 'session_id', found: 'id' },
      { what: 'sortKey', expected: 'sk', found: 'none' },
      { what: 'userIndex', expected: 'user_id-index', found: 'none' },
      { what: 'timeToLive', expected: 'expire_at', found: hasTtl ? 'expires' : 'disabled' },
    ])
    expect(differences.every(({ remedy }) => remedy.length > 20)).toBe(true)
    if (hasTtl) {
      const refused = await enableSessionTableTtl(options).catch((error: unknown) => error as Error)
      expect(refused).toMatchObject({ code: 'TABLE_MISMATCH' })
      const { remedy = '' } = differences.at(-1) ?? {}
      expect(awsCommands((refused as Error).message)).toEqual(awsCommands(remedy))
      // As told: first one, then the other.
      expect(remedy).toMatch(/^switch it off.*`; an hour later run `dynamodb-sessions table enable-ttl`/)
      expect(await runAws(remedy, client)).toMatchObject([{ operation: 'UpdateTimeToLive' }])
      expect(await enableSessionTableTtl(options)).toBe(true)
      await runAws(differences[2]?.remedy ?? '', client)
      expect((await ensureSessionTable(options)).differences.map(({ what }) => what)).toEqual(['tableKey', 'sortKey'])
    }
    await deleteSessionTable(options)
  })

  it('without the tags, the protection or the backups that the options ask for is reported, and can be given them as told', async () => {
    const options = fresh()
    await createSessionTable(options)
    const wanted = { ...options, tags: { team: "the shop's", stage: 'live' }, deletionProtection: true, pointInTimeRecovery: true }
    let hasBackups = false
    const PointInTimeRecoveryDescription = (): object => ({ PointInTimeRecoveryStatus: hasBackups ? 'ENABLED' : 'DISABLED' })
    // No engine here knows backups.
    proxy.fault = ({ operation, body }) => {
      if (operation === 'UpdateContinuousBackups') {
        hasBackups = (body.PointInTimeRecoverySpecification as { PointInTimeRecoveryEnabled: boolean }).PointInTimeRecoveryEnabled
      } else if (operation !== 'DescribeContinuousBackups') return undefined
      return {
        status: 200,
        body: {
          ContinuousBackupsDescription: {
            ContinuousBackupsStatus: 'ENABLED',
            PointInTimeRecoveryDescription: PointInTimeRecoveryDescription(),
          },
        },
      }
    }
    const found = async (): Promise<string[]> =>
      (await ensureSessionTable(wanted)).differences.map(({ what, expected, found }) => `${what}: ${found}, not ${expected}`)
    const ttl = hasTtl ? [] : ['timeToLive: disabled, not expire_at']
    const protection = hasTtl ? ['deletionProtection: off, not on'] : []
    expect(await found()).toEqual([
      ...ttl,
      ...protection,
      'pointInTimeRecovery: off, not on',
      "tags: none, not team=the shop's, stage=live",
    ])
    expect(proxy.operations().every((name) => /^Describe|^List/.test(name) || name === 'CreateTable' || name === 'UpdateTimeToLive')).toBe(
      true,
    )
    const { differences } = await ensureSessionTable({ ...wanted, tags: { stage: 'live' } })
    const through = bareClient(proxy.endpoint)
    for (const { remedy } of differences) await runAws(remedy, through)
    expect(await found()).toEqual([...ttl, "tags: stage=live, not team=the shop's, stage=live"])
    for (const { remedy } of (await ensureSessionTable(wanted)).differences) await runAws(remedy, through)
    expect(await found()).toEqual(ttl)
    // What nobody asks for is nobody's business, and is not asked for.
    proxy.reset()
    expect((await ensureSessionTable(options)).differences.map(({ what }) => what)).toEqual(hasTtl ? [] : ['timeToLive'])
    expect(new Set(proxy.operations())).toEqual(new Set(['DescribeTable', 'DescribeTimeToLive']))
    if (hasTtl) await runAws(((await deleteSessionTable(options).catch((error: unknown) => error as Error)) as Error).message, client)
    await deleteSessionTable(options)
    through.destroy()
  })

  it('on an engine without tags and backups differs in neither', async () => {
    const options = fresh({ tags: { team: 'web' }, pointInTimeRecovery: true })
    const body = { __type: 'x#UnknownOperationException', message: 'no' }
    proxy.fault = ({ operation }) => (/Tag|ContinuousBackups/.test(operation) ? { status: 400, body } : undefined)
    const { notApplied } = await createSessionTable(options)
    expect(notApplied.map(({ feature }) => feature)).toEqual(expect.arrayContaining(['pointInTimeRecovery', 'tags']))
    expect((await ensureSessionTable(options)).differences.map(({ what }) => what)).toEqual(hasTtl ? [] : ['timeToLive'])
    await deleteSessionTable(options)
  })

  it('has all of its tags looked at, however many pages they are', async () => {
    const options = fresh({ tags: { first: '1', second: '2' } })
    await createSessionTable(options)
    proxy.rewrite = ({ operation, body }, answer) => {
      if (operation !== 'ListTagsOfResource') return answer
      const { Tags } = answer as { Tags: { Key: string }[] }
      return body.NextToken === undefined ? { Tags: Tags.slice(0, 1), NextToken: 'more' } : { Tags: Tags.slice(1) }
    }
    expect((await ensureSessionTable(options)).differences.map(({ what }) => what)).toEqual(hasTtl ? [] : ['timeToLive'])
    expect(proxy.operations().filter((name) => name === 'ListTagsOfResource')).toHaveLength(2)
    await deleteSessionTable(options)
  })

  it('gets TTL switched on later, once, where the engine has it', async () => {
    const options = fresh()
    if (!hasTtl) {
      await createSessionTable(options)
      await expect(enableSessionTableTtl(options)).rejects.toMatchObject({ code: 'REQUEST_FAILED', action: 'dynamodb:UpdateTimeToLive' })
      return
    }
    proxy.fault = ({ operation }) =>
      operation === 'UpdateTimeToLive' ? { status: 400, body: { __type: 'x#UnknownOperationException', message: 'no' } } : undefined
    expect((await createSessionTable(options)).notApplied).toMatchObject([{ feature: 'timeToLive' }])
    expect((await ensureSessionTable(options)).differences).toMatchObject([{ what: 'timeToLive', found: 'disabled' }])
    proxy.reset()
    expect(await enableSessionTableTtl(options)).toBe(true)
    expect(await enableSessionTableTtl(options)).toBe(false)
    expect((await ensureSessionTable(options)).differences).toEqual([])
    await deleteSessionTable(options)
  })

  it('is described as undefined and deleted as false when there is none', async () => {
    const options = fresh()
    expect(await describeSessionTable(options)).toBe(undefined)
    expect(await deleteSessionTable(options)).toBe(false)
    await createSessionTable(options)
    expect(await deleteSessionTable(options)).toBe(true)
    await expect(client.send(new DeleteTableCommand({ TableName: options.tableName }))).rejects.toThrow()
  })

  const creating = ({ operation }: { operation: string }, answer: unknown): unknown =>
    operation === 'DescribeTable' ? { Table: { ...(answer as { Table: object }).Table, TableStatus: 'CREATING' } } : answer

  it('is waited for no longer than the timeout, and what it does not have yet is told', async () => {
    const options = fresh({ tags: { team: 'shop' }, pointInTimeRecovery: true })
    proxy.rewrite = creating
    const began = performance.now()
    const error = await createSessionTable({ ...options, timeout: 1 }).catch((error: unknown) => error as TableTimeoutError)
    expect(performance.now() - began).toBeLessThan(3000)
    expect(error).toMatchObject({
      code: 'TABLE_TIMEOUT',
      message: expect.stringMatching(/was not ACTIVE after 1 s.* still needs timeToLive/),
    })
    await finish(options, error as TableTimeoutError)
  })

  it('is waited for until the signal, and what it does not have yet is told', async () => {
    const options = fresh({ tags: { team: 'shop' }, pointInTimeRecovery: true })
    proxy.rewrite = creating
    const stop = new AbortController()
    const waits: TableProgress[] = []
    const error = await createSessionTable({
      ...options,
      signal: stop.signal,
      onWait(progress) {
        waits.push(progress)
        if (waits.length === 3) stop.abort()
      },
    }).catch((error: unknown) => error as TableStoppedError)
    expect(error).toMatchObject({ code: 'TABLE_STOPPED', message: expect.stringMatching(/was not ACTIVE yet.* still needs timeToLive/) })
    expect(waits).toMatchObject(Array.from({ length: 3 }, () => ({ tableName: options.tableName, waitingFor: 'ACTIVE' })))
    expect(waits.map(({ seconds }) => seconds)).toEqual(waits.map(({ seconds }) => seconds).toSorted((a, b) => a - b))
    expect(proxy.operations()).not.toContain('TagResource')
    await finish(options, error as TableStoppedError)
  })

  /** What is said to be left is all that is left. */
  async function finish(options: TableOptions, { unfinished }: TableStoppedError | TableTimeoutError): Promise<void> {
    expect(unfinished.map(({ what }) => what)).toEqual(['timeToLive', 'pointInTimeRecovery', 'tags'])
    proxy.reset()
    const sent: string[] = []
    // No engine here knows backups.
    proxy.fault = ({ operation }) => (operation === 'UpdateContinuousBackups' ? { status: 200, body: {} } : undefined)
    const through = bareClient(proxy.endpoint)
    for (const { remedy } of unfinished) sent.push(...(await runAws(remedy, through)).map(({ operation }) => operation))
    through.destroy()
    expect(sent).toEqual(['UpdateContinuousBackups', 'TagResource'])
    expect(unfinished[0]?.remedy).toBe('run `dynamodb-sessions table enable-ttl`')
    if (hasTtl) await enableSessionTableTtl(options)
    expect((await ensureSessionTable(options)).differences.map(({ what }) => what)).toEqual(hasTtl ? [] : ['timeToLive'])
    await deleteSessionTable(options)
  }

  it('that was stopped half-way lacks what is told, and that only', async () => {
    const options = fresh({ tags: { team: 'shop' } })
    const stop = new AbortController()
    proxy.fault = ({ operation }) => (operation === 'UpdateTimeToLive' ? void stop.abort() : undefined)
    await expect(createSessionTable({ ...options, signal: stop.signal })).rejects.toMatchObject({
      code: 'TABLE_STOPPED',
      unfinished: [{ what: 'tags' }],
    })
    expect((await ensureSessionTable(options)).differences.map(({ what }) => what)).toEqual(hasTtl ? ['tags'] : ['timeToLive', 'tags'])
    await deleteSessionTable(options)
  })

  it('is neither made nor deleted once the signal is there, and one that goes is not waited for', async () => {
    const options = fresh()
    const stopped = { ...options, signal: AbortSignal.abort() }
    await expect(createSessionTable(stopped)).rejects.toMatchObject({ code: 'TABLE_STOPPED', unfinished: [] })
    await expect(ensureSessionTable(stopped)).rejects.toMatchObject({ code: 'TABLE_STOPPED' })
    expect(await describeSessionTable(options)).toBe(undefined)
    await createSessionTable(options)
    await expect(deleteSessionTable(stopped)).rejects.toMatchObject({ code: 'TABLE_STOPPED' })
    expect(await describeSessionTable(options)).toMatchObject({ status: 'ACTIVE' })
    const stop = new AbortController()
    proxy.fault = ({ operation, body }) =>
      operation === 'DescribeTable' ? { status: 200, body: { Table: { TableName: body.TableName, TableStatus: 'DELETING' } } } : undefined
    await expect(deleteSessionTable({ ...options, signal: stop.signal, onWait: () => stop.abort() })).rejects.toMatchObject({
      code: 'TABLE_STOPPED',
      message: expect.stringContaining('was not gone yet'),
    })
    proxy.reset()
    await deleteSessionTable(options)
  })

  it('operations refuse options that make no sense', async () => {
    await expect(createSessionTable(fresh({ signal: {} as never }))).rejects.toMatchObject({ code: 'INVALID_OPTION', option: 'signal' })
    await expect(createSessionTable(fresh({ onWait: true as never }))).rejects.toMatchObject({ code: 'INVALID_OPTION', option: 'onWait' })
    await expect(createSessionTable(fresh({ timeout: 0 }))).rejects.toMatchObject({ code: 'INVALID_OPTION', option: 'timeout' })
    await expect(createSessionTable(fresh({ tags: { a: 1 } as never }))).rejects.toMatchObject({ option: 'tags' })
    await expect(createSessionTable(fresh({ billingMode: 'PAY_PER_REQUEST', readCapacity: 1 }))).rejects.toMatchObject({
      option: 'billingMode',
    })
    await expect(createSessionTable(fresh({ tabelName: 'x' } as never))).rejects.toThrow('did you mean `tableName`')
    expect(proxy.requests).toEqual([])
  })
})
