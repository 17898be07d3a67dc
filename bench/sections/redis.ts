// Redis beside DynamoDB: what most would pick, where a server that runs all day is at hand.
import { createSessionTable } from 'dynamodb-sessions'
import { createClient } from 'redis'
import type { Contender } from '../contenders/contender.ts'
import { BARE, REDIS_AND_OURS, contender } from '../contenders/contenders.ts'
import { createReport } from '../measure/report.ts'
import { ROUNDS } from '../measure/rounds.ts'
import { reportVisits } from '../measure/visits.ts'
import { NO_REDIS, startEngine, startRedis } from '../servers/start.ts'

const CALLS = 40
const FLOOR = 'node-redis, one GET or SET'

const report = createReport('Redis', 'redis')
const redis = await startRedis()
if (redis === undefined) {
  report.paragraph(`Not measured: ${NO_REDIS}.`)
} else {
  const engine = await startEngine()
  const tableName = 'bench'
  await createSessionTable({ tableName, endpoint: engine.endpoint })
  report.paragraph(
    `redis-server and ${engine.name} on the same machine, in processes of their own. Each way through Redis is followed by what of this package takes its place. Medians of ${ROUNDS} interleaved rounds of ${CALLS} calls; ratios to the first row, in brackets the lowest and the highest round.`,
  )
  const names = [BARE, FLOOR, ...Object.entries(REDIS_AND_OURS).flat()]
  const all = new Map<string, Contender>()
  for (const name of names)
    all.set(name, name === FLOOR ? await floor(redis) : await contender(name, { endpoint: engine.endpoint, tableName, redis }))
  await reportVisits(report, all, CALLS)
}
report.write()
process.exit(0)

/** One command a step, without a session around it. */
async function floor(url: string): Promise<Contender> {
  const client = await createClient({ url }).connect()
  const text = JSON.stringify({ name: 'ada', cart: Array.from({ length: 10 }, (_, n) => `article ${n}`) })
  let count = 0
  const get = async (key: string): Promise<unknown> => JSON.parse((await client.get(key)) ?? '')
  return {
    async create() {
      const key = `floor:${count++}`
      await client.set(key, text)
      return key
    },
    view: get,
    rolling: get,
    change: (key) => client.set(key, text),
    end: (key) => client.del(key),
  }
}
