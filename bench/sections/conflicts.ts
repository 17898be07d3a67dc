// Hosts that write one session at once: what it takes until the changes of all are stored.
import { createSessionStore, createSessionTable } from 'dynamodb-sessions'
import createDriver from 'dynamodb-sessions/driver'
import { tracingChannel } from 'node:diagnostics_channel'
import { createReport } from '../measure/report.ts'
import { ROUNDS, inTurns, median } from '../measure/rounds.ts'
import { start, startEngine } from '../servers/start.ts'

const WRITERS = [1, 2, 3, 5, 10, 20]
const LATENCIES = [1, 5, 20]
const TABLE = 'bench'

interface Run {
  readonly writes: number
  readonly milliseconds: number
}

const engine = await startEngine()
await createSessionTable({ tableName: TABLE, endpoint: engine.endpoint })
const report = createReport('Conflicts', 'conflicts')
report.paragraph(
  `Hosts that read one session and change a key each, all at the same moment, on ${engine.name} behind a proxy that holds every request. Medians of ${ROUNDS} rounds, in brackets the lowest and the highest. A read before each write is not counted; in lockstep n hosts would send n(n+1)/2 writes, and one after the other n.`,
)
let writes = 0
tracingChannel<unknown, { action: string }>('dynamodb-sessions:request').subscribe({
  start: (message) => void (writes += Number(message.action === 'dynamodb:UpdateItem')),
  end() {},
  asyncStart() {},
  asyncEnd() {},
  error() {},
})
const runs: Record<string, () => Promise<Run>> = {}
for (const latency of LATENCIES) {
  const endpoint = await start('delay.ts', engine.endpoint, String(latency))
  // A driver each has a client and a queue of its own, as on a host of its own.
  const hosts = Array.from({ length: Math.max(...WRITERS) }, () =>
    createSessionStore<Record<string, number>>({ driver: createDriver({ tableName: TABLE, endpoint }) }),
  )
  for (const count of WRITERS) runs[`${count}, ${latency}`] = () => race(hosts.slice(0, count))
}
const measured = await inTurns(runs, { warmUp: 1 })
const cell = (count: number, latency: number, figure: keyof Run): string => {
  const list = measured.get(`${count}, ${latency}`)?.map((run) => run[figure]) ?? []
  report.keep(`${count} writers, ${latency} ms: ${figure}`, median(list))
  return `${median(list).toFixed(0)} (${Math.min(...list).toFixed(0)} to ${Math.max(...list).toFixed(0)})`
}
for (const [title, figure] of [
  ['Writes sent', 'writes'],
  ['Milliseconds until all are stored', 'milliseconds'],
] as const) {
  const head = ['hosts', ...LATENCIES.map((latency) => `${latency} ms`), ...(figure === 'writes' ? ['in lockstep'] : [])]
  const lockstep = (count: number): string[] => (figure === 'writes' ? [String((count * (count + 1)) / 2)] : [])
  report.table(
    title,
    head,
    WRITERS.map((count) =>
      [String(count)].concat(
        LATENCIES.map((latency) => cell(count, latency, figure)),
        lockstep(count),
      ),
    ),
  )
}
report.write()
process.exit(0)

async function race(hosts: readonly ReturnType<typeof createSessionStore<Record<string, number>>>[]): Promise<Run> {
  const [first] = hosts
  const { id } = (await first?.create({})) ?? { id: '' }
  const records = await Promise.all(hosts.map((host) => host.read(id)))
  writes = 0
  const began = performance.now()
  await Promise.all(
    hosts.map((host, n) => {
      const record = records[n]
      if (!record) throw new Error('the session is gone')
      return host.update(record, { [`key${n}`]: n })
    }),
  )
  const run = { writes, milliseconds: performance.now() - began }
  const kept = Object.keys((await first?.read(id))?.data ?? {}).length
  if (kept !== hosts.length) throw new Error(`${kept} of ${hosts.length} changes were kept`)
  return run
}
