// Requests of a page view, and the read and write units that they take: counts, the same on every machine.
import { createSessionTable } from 'dynamodb-sessions'
import { createClient } from 'redis'
import { ACTIONS, TITLES } from '../contenders/contender.ts'
import type { Contender } from '../contenders/contender.ts'
import { ON_DYNAMODB, REDIS_AND_OURS, contender, isOurs } from '../contenders/contenders.ts'
import { createReport } from '../measure/report.ts'
import { startMeter } from '../servers/meter.ts'
import type { Count, Meter } from '../servers/meter.ts'
import { NO_REDIS, startEngine, startRedis } from '../servers/start.ts'

const tableName = 'bench'
/** What an unchanged view does not let live on; the framework, or who uses it, writes again. */
const NO_TOUCH = /unstorage|fastify|Better Auth/
const engine = await startEngine()
const redis = await startRedis()
await createSessionTable({ tableName, endpoint: engine.endpoint })
const report = createReport('Requests of a page view', 'requests')

const meter = await startMeter(engine.endpoint)
const rows: string[][] = []
for (const name of ON_DYNAMODB) {
  const one = await contender(name, { endpoint: meter.endpoint, tableName })
  const counts = await countsOf(one, async () => shown(meter.take()))
  rows.push([name, ...counts, isOurs(name) && !NO_TOUCH.test(name) ? (await touches(one, meter)).toFixed(2) : ''])
}
report.table(`On ${engine.name}`, ['requests (read, write units)', ...ACTIONS.map((action) => TITLES[action]), 'rolling on average'], rows)
report.paragraph('On average: 200 rolling views at even distances over two idle lifetimes, touches included.')
await countOnRedis()
meter.stop()
report.write()
process.exit(0)

/** @param take returns what was sent since it was called last. */
async function countsOf(one: Contender, take: () => Promise<string>): Promise<string[]> {
  // The first call of a client makes its connection.
  await one.view(await one.create())
  await take()
  const at = await one.create()
  const counts = [await take()]
  for (const action of ACTIONS.slice(1)) {
    await one[action as Exclude<typeof action, 'create'>](at)
    counts.push(await take())
  }
  return counts
}

async function countOnRedis(): Promise<void> {
  if (redis === undefined) return report.paragraph(`On Redis: ${NO_REDIS}.`)
  const client = await createClient({ url: redis }).connect()
  let before = 0
  const take = async (): Promise<string> => {
    const total = Number(/total_commands_processed:(\d+)/.exec(await client.info('stats'))?.[1])
    // This command is one of them.
    const taken = total - before - 1
    before = total
    return String(taken)
  }
  const rows: string[][] = []
  for (const name of Object.keys(REDIS_AND_OURS)) {
    const one = await contender(name, { endpoint: engine.endpoint, tableName, redis })
    rows.push([name, ...(await countsOf(one, take)), REDIS_AND_OURS[name] ?? ''])
  }
  report.table('On Redis', ['commands', ...ACTIONS.map((action) => TITLES[action]), 'what takes its place'], rows)
}

function shown({ requests, readUnits, writeUnits }: Count): string {
  return requests === 0 ? '0' : `${requests} (${readUnits}, ${writeUnits})`
}

/** A visitor comes 200 times, a hundredth of the lifetime apart. */
async function touches(one: Contender, meter: Meter): Promise<number> {
  const { now } = Date
  const at = await one.create()
  meter.take()
  let ahead = 0
  Date.now = () => now() + ahead
  try {
    for (let view = 0; view < 200; view++) {
      ahead += (14 * 86_400_000) / 100
      await one.rolling(at)
    }
  } finally {
    Date.now = now
  }
  return meter.take().requests / 200
}
