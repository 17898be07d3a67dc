// What sessions cost, beside a bare SDK client and what others offer: one run, one engine, interleaved rounds.
import { createSessionTable } from '../src/index.ts'
import { measureAllocations } from './allocations.ts'
import { LOADERS, contenders } from './contenders.ts'
import type { Contender } from './contenders.ts'
import { measureCalls } from './calls.ts'
import { startMeter } from './meter.ts'
import type { Count, Meter } from './meter.ts'
import { median, table, writeSection } from './results.ts'
import { measureScale } from './scale.ts'
import { startEngine, stopAll } from './start.ts'
import { measureImports, measureSizes } from './weight.ts'

const ROUNDS = Number(process.env.ROUNDS ?? 9)
const CALLS = Number(process.env.CALLS ?? 200)
const RECORDS = Number(process.env.RECORDS ?? 1_000_000)
const ACTIONS = ['create', 'view', 'rolling', 'change', 'end'] as const
type Action = (typeof ACTIONS)[number]
const TITLES: Record<Action, string> = {
  create: 'create',
  view: `view, ${LOADERS} loaders`,
  rolling: 'unchanged rolling view',
  change: 'changed view',
  end: 'log out',
}

const engine = await startEngine()
const tableName = 'bench'
await createSessionTable({ tableName, endpoint: engine.endpoint })
const parts = [
  `On ${engine.name}, in a process of its own. ${ROUNDS} interleaved rounds of ${CALLS} calls; medians, ratios of each round to its own neighbour.`,
  await requests(),
  await calls(),
  await cpu(),
  await throughput(),
  await measureAllocations(engine.endpoint, tableName),
  measureImports(),
  await measureSizes(),
  await measureScale(engine.endpoint, RECORDS),
]
await stopAll()
const settings = ['ROUNDS', 'CALLS', 'RECORDS'].map((name) => (process.env[name] ? `${name}=${process.env[name]} ` : '')).join('')
writeSection('Page views', `${settings}npm run bench`, parts.join('\n\n'))
process.exit(0)

function shown(title: string, text: string): string {
  console.log(`\n${title}\n\n${text}`)
  return `### ${title}\n\n${text}`
}

/** Requests, and read and write units. */
async function requests(): Promise<string> {
  const meter = await startMeter(engine.endpoint)
  const rows: string[][] = []
  for (const contender of await contenders(meter.endpoint, tableName)) {
    const at = await contender.create()
    const counts = [meter.take()]
    for (const action of ACTIONS.slice(1)) {
      await contender[action](at)
      counts.push(meter.take())
    }
    const average = contender.name.startsWith('create') || contender.name.startsWith('use') ? await touches(contender, meter) : undefined
    rows.push([contender.name, ...counts.map(describe), average?.toFixed(2) ?? ''])
  }
  meter.stop()
  const head = ['requests (read, write units)', ...ACTIONS.map((action) => TITLES[action]), 'rolling on average']
  return shown(
    'Requests',
    `${table(head, rows)}\n\nOn average: 200 rolling views at even distances over two idle lifetimes, touches included.`,
  )
}

function describe({ requests, readUnits, writeUnits }: Count): string {
  return requests === 0 ? '0' : `${requests} (${readUnits}, ${writeUnits})`
}

/** A visitor comes 200 times, a hundredth of the lifetime apart. */
async function touches(contender: Contender, meter: Meter): Promise<number> {
  const { now } = Date
  const at = await contender.create()
  meter.take()
  let ahead = 0
  Date.now = () => now() + ahead
  try {
    for (let view = 0; view < 200; view++) {
      ahead += (14 * 86_400_000) / 100
      await contender.rolling(at)
    }
  } finally {
    Date.now = now
  }
  return meter.take().requests / 200
}

/** One read, one update and one creation beside the bare SDK's. */
async function calls(): Promise<string> {
  return shown('One call', await measureCalls(engine.endpoint, tableName, ROUNDS, CALLS * 2))
}

/** Client CPU of what a page does, one after the other. */
async function cpu(): Promise<string> {
  const all = await contenders(engine.endpoint, tableName)
  const costs = new Map(all.map(({ name }) => [name, Object.fromEntries(ACTIONS.map((action) => [action, [] as number[]]))]))
  for (let round = -2; round < ROUNDS; round++) {
    for (const contender of all) {
      const visitors: string[] = []
      const works: Record<Action, (call: number) => Promise<unknown>> = {
        create: async () => visitors.push(await contender.create()),
        view: () => contender.view(visitors[0] as string),
        rolling: () => contender.rolling(visitors[0] as string),
        change: () => contender.change(visitors[0] as string),
        end: (call) => contender.end(visitors[call] as string),
      }
      for (const action of ACTIONS) {
        const before = process.cpuUsage()
        for (let call = 0; call < CALLS; call++) await works[action](call)
        const { user, system } = process.cpuUsage(before)
        if (round >= 0) costs.get(contender.name)?.[action]?.push((user + system) / CALLS)
      }
    }
  }
  const [first] = costs.values()
  const rows = [...costs].map(([name, cost]) =>
    [name].concat(ACTIONS.map((action) => besides(cost[action] ?? [], first?.[action] ?? [], 0))),
  )
  return shown('Client CPU', table(['µs (beside the first)', ...ACTIONS.map((action) => TITLES[action])], rows))
}

/** A median, and that of each round's ratio to the same round of another. */
function besides(list: readonly number[], others: readonly number[], digits: number): string {
  const ratio = median(list.map((value, round) => value / (others[round] ?? NaN)))
  return `${median(list).toFixed(digits)} (×${ratio.toFixed(2)})`
}

/** Views a second, by as many visitors as are in flight. */
async function throughput(): Promise<string> {
  const all = await contenders(engine.endpoint, tableName)
  const rates = new Map(all.map(({ name }) => [name, new Map([1, 50].map((inFlight) => [inFlight, [] as number[]]))]))
  for (let round = -1; round < ROUNDS; round++) {
    for (const contender of all) {
      for (const [inFlight, list] of rates.get(contender.name) ?? []) {
        const visitors = await Promise.all(Array.from({ length: inFlight }, () => contender.create()))
        let left = CALLS * 2
        const began = performance.now()
        const visit = async (at: string): Promise<void> => {
          while (left-- > 0) await contender.view(at)
        }
        await Promise.all(visitors.map(visit))
        if (round >= 0) list.push((CALLS * 2 * 1000) / (performance.now() - began))
      }
    }
  }
  const [first] = rates.values()
  const rows = [...rates].map(([name, lists]) =>
    [name].concat([...lists].map(([inFlight, list]) => besides(list, first?.get(inFlight) ?? [], 0))),
  )
  return shown('Throughput', table([`views a second, ${LOADERS} loaders (beside the first)`, '1 in flight', '50 in flight'], rows))
}
