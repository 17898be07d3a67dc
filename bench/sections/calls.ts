// One request: the floor, AWS's SDK, and ours by both transports, on plain connections and by TLS.
import { DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { createSessionStore, createSessionTable } from 'dynamodb-sessions'
import type { SessionOptions } from 'dynamodb-sessions'
import { randomUUID } from 'node:crypto'
import { VISITOR } from '../contenders/contender.ts'
import type { Visitor } from '../contenders/contender.ts'
import { rawSocket, signedHttp } from '../contenders/floor.ts'
import type { Send } from '../contenders/floor.ts'
import { createReport } from '../measure/report.ts'
import { ROUNDS, cpuOf, inTurns, median, rateOf } from '../measure/rounds.ts'
import { start, startEngine } from '../servers/start.ts'

const CALLS = 200
const LANES = 50
const TABLE = 'bench'
const ACTIONS = ['read', 'update', 'create'] as const
type Calls = Record<(typeof ACTIONS)[number], () => Promise<unknown>> & {
  /** Reads by several visitors at once, each of a session of its own: reads of one session would share a request. */
  readBy(lane: number): Promise<unknown>
}

const SDK = 'a default SDK client'
let count = 0
const data = (): string => JSON.stringify({ ...VISITOR, count: count++ })

const report = createReport('One call', 'calls')
const stub = await start('stub.ts')
report.paragraph(
  `Client CPU, one call after the other, against a server in a process of its own that answers at once and from memory: what is left are the clients. Medians of ${ROUNDS} interleaved rounds of ${CALLS} calls; in brackets the lowest and the highest round.`,
)
await compare('On a plain connection', {
  [SDK]: bare(new DynamoDBClient({ endpoint: stub })),
  'floor: raw socket, unsigned': floor(await rawSocket(stub)),
  'floor: node:http, signed': floor(signedHttp(stub)),
  createSessionStore: await ours({ endpoint: stub }),
  "createSessionStore, transport: 'sdk'": await ours({ endpoint: stub, transport: 'sdk' }),
})
const given = new DynamoDBClient({ endpoint: stub })
await compare('On one client, given to the store', { 'the client alone': bare(given), createSessionStore: await ours({ client: given }) })
const tls = await start('tls.ts', stub)
await compare('By TLS, on a connection that stays open', {
  [SDK]: bare(new DynamoDBClient({ endpoint: tls })),
  createSessionStore: await ours({ endpoint: tls }),
  "createSessionStore, transport: 'sdk'": await ours({ endpoint: tls, transport: 'sdk' }),
})
await throughput()
report.write()
process.exit(0)

async function compare(title: string, callers: Readonly<Record<string, Calls>>): Promise<void> {
  const names = Object.keys(callers)
  const [base = ''] = names
  const figures = Object.fromEntries(
    await Promise.all(
      ACTIONS.map(async (action) => {
        const ways = Object.fromEntries(names.map((name) => [name, () => cpuOf((callers[name] as Calls)[action], CALLS)]))
        return [action, ways] as const
      }),
    ),
  )
  const rows = names.map((name) => [name])
  for (const action of ACTIONS) {
    const measured = await inTurns(figures[action] ?? {})
    names.forEach((name, row) => {
      const list = measured.get(name) ?? []
      rows[row]?.push(
        median(list).toFixed(0),
        name === base ? '×1' : report.ratio(`${title}: ${name}, ${action}`, list, measured.get(base) ?? []),
      )
    })
  }
  report.table(title, ['client CPU, µs', ...ACTIONS.flatMap((action) => [action, 'ratio'])], rows)
}

async function throughput(): Promise<void> {
  const engine = await startEngine()
  await createSessionTable({ tableName: TABLE, endpoint: engine.endpoint })
  const rows: string[][] = []
  for (const [where, endpoint] of [
    ['a server that answers at once', stub],
    [engine.name, engine.endpoint],
  ] as const) {
    const callers: Record<string, Calls> = {
      [SDK]: bare(new DynamoDBClient({ endpoint })),
      createSessionStore: await ours({ endpoint }),
      "createSessionStore, transport: 'sdk'": await ours({ endpoint, transport: 'sdk' }),
    }
    await callers[SDK]?.update()
    const ways = Object.fromEntries(
      Object.entries(callers).map(([name, { readBy }]) => [
        name,
        async () => {
          const before = process.cpuUsage()
          const rate = await rateOf(readBy, CALLS * 10, LANES)
          const { user, system } = process.cpuUsage(before)
          return { rate, cpu: (user + system) / (CALLS * 10) }
        },
      ]),
    )
    const measured = await inTurns(ways)
    const base = measured.get(SDK) ?? []
    for (const [name, list] of measured) {
      const of = (figure: 'rate' | 'cpu'): string[] => {
        const figures = list.map((run) => run[figure])
        const others = base.map((run) => run[figure])
        return [
          median(figures).toFixed(0),
          name === SDK ? '×1' : report.ratio(`50 reads in flight, ${where}: ${name}, ${figure}`, figures, others),
        ]
      }
      rows.push([`${where}: ${name}`, ...of('rate'), ...of('cpu')])
    }
  }
  report.table('50 reads in flight', ['', 'reads a second', 'ratio', 'client CPU, µs a read', 'ratio'], rows)
}

/** Of the operations as an application would write them that loses updates: without conditions. */
function inputs(): Record<(typeof ACTIONS)[number], () => object> {
  const Key = { session_id: { S: 'bare' } }
  const attributes = () => ({
    ':d': { S: data() },
    ':u': { N: String(Date.now() / 1000) },
    ':e': { N: '2000000000' },
    ':v': { S: 'version' },
  })
  return {
    read: () => ({ TableName: TABLE, Key, ConsistentRead: true }),
    update: () => ({
      TableName: TABLE,
      Key,
      UpdateExpression: 'SET #d = :d, updated_at = :u, expire_at = :e, version = :v',
      ExpressionAttributeNames: { '#d': 'data' },
      ExpressionAttributeValues: attributes(),
    }),
    create() {
      const { ':d': d, ':u': updated_at, ':e': expire_at, ':v': version } = attributes()
      return {
        TableName: TABLE,
        Item: { session_id: { S: randomUUID() }, data: d, created_at: updated_at, updated_at, expire_at, version },
      }
    },
  }
}

function floor(send: Send): Calls {
  const input = inputs()
  return {
    read: () => send('GetItem', input.read()),
    readBy: () => send('GetItem', input.read()),
    update: () => send('UpdateItem', input.update()),
    create: () => send('PutItem', input.create()),
  }
}

function bare(client: DynamoDBClient): Calls {
  const input = inputs()
  const read = (): Promise<unknown> => client.send(new GetItemCommand(input.read() as GetItemCommand['input']))
  return {
    read,
    readBy: read,
    update: () => client.send(new UpdateItemCommand(input.update() as UpdateItemCommand['input'])),
    create: () => client.send(new PutItemCommand(input.create() as PutItemCommand['input'])),
  }
}

async function ours(options: SessionOptions): Promise<Calls> {
  const store = createSessionStore<Visitor>({ tableName: TABLE, ...options })
  let record = await store.create(VISITOR)
  const visitors = await Promise.all(Array.from({ length: LANES }, () => store.create(VISITOR)))
  return {
    read: () => store.read(record.id),
    readBy: (lane) => store.read(visitors[lane]?.id ?? ''),
    update: async () => (record = (await store.update(record, JSON.parse(data()) as Visitor)) as typeof record),
    create: () => store.create(JSON.parse(data()) as Visitor),
  }
}
