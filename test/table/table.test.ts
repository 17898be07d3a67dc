// How a table is made, described and deleted.
import { DeleteTableCommand, DescribeTableCommand, DescribeTimeToLiveCommand } from '@aws-sdk/client-dynamodb'
import { expect, it } from 'vitest'
import { createSessionTable, deleteSessionTable, describeSessionTable, ensureSessionTable } from '../../src/index.ts'
import type { TableOptions } from '../../src/index.ts'
import { runAws } from '../support/aws-cli.ts'
import { onTables, useTables } from './tables.ts'

onTables((engine) => {
  const { proxy, client, hasTtl, fresh } = useTables(engine)
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

  it('is described as undefined and deleted as false when there is none', async () => {
    const options = fresh()
    expect(await describeSessionTable(options)).toBe(undefined)
    expect(await deleteSessionTable(options)).toBe(false)
    await createSessionTable(options)
    expect(await deleteSessionTable(options)).toBe(true)
    await expect(client.send(new DeleteTableCommand({ TableName: options.tableName }))).rejects.toThrow()
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
