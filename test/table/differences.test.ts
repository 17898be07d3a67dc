// What a table is told to lack, and that it can be given as told.
import { CreateTableCommand, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb'
import { expect, it } from 'vitest'
import { createSessionTable, deleteSessionTable, enableSessionTableTtl, ensureSessionTable } from '../../src/index.ts'
import { awsCommands, runAws } from '../support/aws-cli.ts'
import { bareClient } from '../support/engines.ts'
import { asOld, onTables, useTables } from './tables.ts'

onTables((engine) => {
  const { proxy, client, hasTtl, fresh } = useTables(engine)

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
    proxy.rewrite = (request, answer) => {
      const { operation, body } = request
      if (operation !== 'ListTagsOfResource') return asOld(request, answer)
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
})
