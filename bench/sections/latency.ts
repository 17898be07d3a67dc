// How long a request takes its user where the network takes 5 ms.
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { createSessionStore } from 'dynamodb-sessions'
import type { SessionOptions } from 'dynamodb-sessions'
import { createClient } from 'redis'
import { VISITOR } from '../contenders/contender.ts'
import type { Visitor } from '../contenders/contender.ts'
import { rawSocket } from '../contenders/floor.ts'
import { createReport } from '../measure/report.ts'
import { ROUNDS, inTurns, percentile, ratioOf, shownRatio } from '../measure/rounds.ts'
import { NO_REDIS, start, startRedis } from '../servers/start.ts'

const MILLISECONDS = 5
/** Of a round, by as many lanes as there are. */
const CALLS: Readonly<Record<number, number>> = { 1: 60, 10: 300 }
const LANES = Object.keys(CALLS).map(Number)
const TABLE = 'bench'
const SHARES = { p50: 0.5, p95: 0.95, p99: 0.99 }

type Call = (lane: number) => Promise<unknown>

const stub = await start('stub.ts')
const endpoint = await start('delay.ts', stub, String(MILLISECONDS))
const redis = await startRedis()
const report = createReport('Latency', 'latency')
report.paragraph(
  `Milliseconds until an answer is there, where a proxy holds every request for ${MILLISECONDS} ms, before a server that answers at once; all in processes of their own. Percentiles of ${ROUNDS} interleaved rounds of ${Object.values(CALLS).join(' and ')} calls each; ratios of each round's p50 and p99 to those of a default SDK client, in brackets the lowest and the highest round.`,
)
const client = new DynamoDBClient({ endpoint })
const input = { TableName: TABLE, Key: { session_id: { S: 'bare' } }, ConsistentRead: true }
const socket = await rawSocket(endpoint)
const reads: Record<string, Call> = {
  'a default SDK client, read': () => client.send(new GetItemCommand(input)),
  ...(await ours('createSessionStore', {})),
  ...(await ours("createSessionStore, transport: 'sdk'", { transport: 'sdk' })),
}
/** One request at a time is all that these take. */
const floor = { 'floor: raw socket, read': () => socket('GetItem', input) }
for (const lanes of LANES) await compare(lanes, { ...reads, ...(lanes === 1 ? floor : {}), ...(await onRedis()) })
if (redis === undefined) report.paragraph(`Redis: ${NO_REDIS}.`)
report.write()
process.exit(0)

async function compare(lanes: number, calls: Readonly<Record<string, Call>>): Promise<void> {
  const measured = await inTurns(Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, () => timesOf(call, lanes)])))
  const [base = []] = measured.values()
  const rows = [...measured].map(([name, rounds]) => {
    const all = rounds.flat()
    const shares = Object.values(SHARES).map((share) => percentile(all, share).toFixed(2))
    const ratios = [SHARES.p50, SHARES.p99].map((share) => {
      const of = (lists: readonly (readonly number[])[]): number[] => lists.map((list) => percentile(list, share))
      return rounds === base ? '×1' : shownRatio(ratioOf(of(rounds), of(base)))
    })
    return [name].concat(shares, ratios)
  })
  report.table(`${lanes} in flight`, ['ms', ...Object.keys(SHARES), 'p50, ratio', 'p99, ratio'], rows)
}

/** Milliseconds of each call. */
async function timesOf(call: Call, lanes: number): Promise<number[]> {
  const times: number[] = []
  const lane = async (number: number): Promise<void> => {
    for (let left = (CALLS[lanes] ?? 0) / lanes; left > 0; left--) {
      const began = performance.now()
      await call(number)
      times.push(performance.now() - began)
    }
  }
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)))
  return times
}

async function ours(name: string, options: SessionOptions): Promise<Record<string, Call>> {
  const store = createSessionStore<Visitor>({ tableName: TABLE, endpoint, ...options })
  // Each lane has a session of its own: reads of one would share a request.
  const records = await Promise.all(Array.from({ length: Math.max(...LANES) }, () => store.create(VISITOR)))
  return {
    [`${name}, read`]: (lane) => store.read(records[lane]?.id ?? ''),
    [`${name}, create`]: () => store.create(VISITOR),
  }
}

async function onRedis(): Promise<Record<string, Call>> {
  if (redis === undefined) return {}
  const late = await start('delay.ts', redis.replace('redis:', 'http:'), String(MILLISECONDS))
  const client = await createClient({ url: late.replace('http:', 'redis:') }).connect()
  await client.set('session', JSON.stringify(VISITOR))
  return { 'node-redis, GET': async () => JSON.parse((await client.get('session')) ?? '') as unknown }
}
