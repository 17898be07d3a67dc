// The time to live of the development server, on the engine without a port.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openEngine } from '../../src/cli/dev/engine.ts'
import type { Engine, EngineResponse } from '../../src/cli/dev/engine.ts'
import { createTimeToLive } from '../../src/cli/dev/ttl.ts'
import type { TimeToLive } from '../../src/cli/dev/ttl.ts'

const TableName = '__proto__'
const ON = { AttributeName: 'ends', Enabled: true }

test('what has expired is deleted where TTL is on, and nothing else', async () => {
  const engine = await engineWithTable()
  const ttl = await createTimeToLive(engine, undefined)
  const now = Math.floor(Date.now() / 1000)
  const items = { past: { N: String(now - 10) }, future: { N: String(now + 60) }, text: { S: String(now - 10) }, never: undefined }
  for (const [id, ends] of Object.entries(items))
    await engine.send('PutItem', { TableName, Item: { id: { S: id }, ...(ends ? { ends } : {}) } })
  const left = async (): Promise<(string | undefined)[]> => {
    const { Items } = await engine.send<{ Items: { id: { S: string } }[] }>('Scan', { TableName })
    return Items.map(({ id }) => id.S).toSorted()
  }
  await ttl.sweep()
  expect(await left()).toEqual(['future', 'never', 'past', 'text'])
  expect(await ask(ttl, 'UpdateTimeToLive', { TableName, TimeToLiveSpecification: ON })).toMatchObject({ status: 200 })
  await ttl.sweep()
  expect(await left()).toEqual(['future', 'never', 'text'])
})

test('it is described, also after a restart, until it is switched off', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dynamodb-sessions-ttl-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'ttl.json')
  const engine = await engineWithTable()
  const described = async (): Promise<unknown> =>
    JSON.parse((await ask(await createTimeToLive(engine, file), 'DescribeTimeToLive', { TableName }))?.body ?? '')
  expect(await described()).toEqual({ TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' } })
  await ask(await createTimeToLive(engine, file), 'UpdateTimeToLive', { TableName, TimeToLiveSpecification: ON })
  expect(await described()).toEqual({ TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'ends' } })
  await ask(await createTimeToLive(engine, file), 'UpdateTimeToLive', { TableName, TimeToLiveSpecification: { ...ON, Enabled: false } })
  expect(await described()).toEqual({ TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' } })
})

test('of a table that is not there it tells what the engine tells, and it leaves other requests alone', async () => {
  const ttl = await createTimeToLive(await engineWithTable(), undefined)
  for (const operation of ['DescribeTimeToLive', 'UpdateTimeToLive']) {
    const response = await ask(ttl, operation, { TableName: 'none', TimeToLiveSpecification: ON })
    expect(response).toMatchObject({ status: 400, body: expect.stringContaining('ResourceNotFoundException') as string })
  }
  expect(await ask(ttl, 'GetItem', { TableName })).toBeUndefined()
  expect(await ask(ttl, 'UpdateTimeToLive', { TableName, TimeToLiveSpecification: { AttributeName: 1 } })).toBeUndefined()
})

async function engineWithTable(): Promise<Engine> {
  const engine = await openEngine(undefined)
  await engine.send('CreateTable', {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  })
  await expect
    .poll(async () => (await engine.send<{ Table: { TableStatus: string } }>('DescribeTable', { TableName })).Table.TableStatus)
    .toBe('ACTIVE')
  return engine
}

function ask(ttl: TimeToLive, operation: string, input: object): Promise<EngineResponse | undefined> {
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': `DynamoDB_20120810.${operation}`,
    'x-amz-date': '20200101T000000Z',
    authorization: 'AWS4-HMAC-SHA256 Credential=own, SignedHeaders=host, Signature=none',
  }
  return ttl.handle({ method: 'POST', url: '/', headers, body: Buffer.from(JSON.stringify(input)) })
}
