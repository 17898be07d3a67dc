// Visits of pages, by several contenders in turns.
import { ACTIONS, LOADERS, TITLES } from '../contenders/contender.ts'
import type { Action, Contender } from '../contenders/contender.ts'
import { cpuOf, inTurns, median, rateOf } from './rounds.ts'
import type { Report } from './report.ts'

/** Figures of each round, by contender and action. */
type Costs = ReadonlyMap<string, Readonly<Record<Action, readonly number[]>>>

/** Sealing takes so long that a tenth of the calls tells as much. */
const isSlow = (name: string): boolean => name.includes('sealed')

/** Measures all, and reports what each takes beside the first. @param calls of a round. */
export async function reportVisits(report: Report, all: ReadonlyMap<string, Contender>, calls: number): Promise<void> {
  const names = [...all.keys()]
  const costs = await measureCpu(all, calls)
  report.table(
    'Client CPU',
    ['µs (beside the first)', ...ACTIONS.map((action) => TITLES[action])],
    rowsBeside(
      report,
      names,
      ACTIONS,
      (name, action) => costs.get(name)?.[action] ?? [],
      (action) => `CPU, ${TITLES[action]}`,
    ),
  )
  const rates = await measureThroughput(all, calls * 2, [1, 50])
  report.table(
    'Throughput',
    [`views a second, ${LOADERS} loaders (beside the first)`, '1 in flight', '50 in flight'],
    rowsBeside(
      report,
      names,
      [1, 50],
      (name, inFlight) => rates.get(name)?.get(inFlight) ?? [],
      (inFlight) => `views a second, ${inFlight} in flight`,
    ),
  )
}

/** Client CPU of what a page does, one after the other, in microseconds a call. */
async function measureCpu(all: ReadonlyMap<string, Contender>, calls: number): Promise<Costs> {
  const ways = Object.fromEntries([...all].map(([name, one]) => [name, () => visit(one, isSlow(name) ? Math.ceil(calls / 10) : calls)]))
  const rounds = await inTurns(ways)
  return new Map(
    [...rounds].map(([name, list]) => {
      const costs = ACTIONS.map((action) => [action, list.map((round) => round[action])] as const)
      return [name, Object.fromEntries(costs) as Record<Action, number[]>]
    }),
  )
}

async function visit(one: Contender, calls: number): Promise<Record<Action, number>> {
  const visitors: string[] = []
  const steps: Record<Action, (call: number) => Promise<unknown>> = {
    create: async () => visitors.push(await one.create()),
    view: () => one.view(visitors[0] as string),
    rolling: () => one.rolling(visitors[0] as string),
    change: () => one.change(visitors[0] as string),
    end: (call) => one.end(visitors[call] as string),
  }
  const costs: Partial<Record<Action, number>> = {}
  for (const action of ACTIONS) costs[action] = await cpuOf(steps[action], calls)
  return costs as Record<Action, number>
}

/** Views a second, by as many visitors as are in flight. */
async function measureThroughput(
  all: ReadonlyMap<string, Contender>,
  calls: number,
  inFlight: readonly number[],
): Promise<ReadonlyMap<string, ReadonlyMap<number, readonly number[]>>> {
  const ways = Object.fromEntries(
    [...all].map(([name, one]) => [
      name,
      async () => {
        const rates = new Map<number, number>()
        for (const lanes of inFlight) {
          const visitors = await Promise.all(Array.from({ length: lanes }, () => one.create()))
          rates.set(lanes, await rateOf((lane) => one.view(visitors[lane] as string), isSlow(name) ? Math.ceil(calls / 5) : calls, lanes))
        }
        return rates
      },
    ]),
  )
  const rounds = await inTurns(ways, { warmUp: 1 })
  return new Map(
    [...rounds].map(([name, list]) => [name, new Map(inFlight.map((lanes) => [lanes, list.map((round) => round.get(lanes) ?? NaN)]))]),
  )
}

/**
 * A row for each contender: medians, and the ratio to the first one's rounds.
 * @param figures of a contender in a column. @param title what the range over machines calls a column.
 */
function rowsBeside<Column>(
  report: Report,
  names: readonly string[],
  columns: readonly Column[],
  figures: (name: string, column: Column) => readonly number[],
  title: (column: Column) => string,
): string[][] {
  const [base = ''] = names
  return names.map((name) => [
    name,
    ...columns.map((column) => {
      const middle = median(figures(name, column)).toFixed(0)
      if (name === base) return `${middle} (×1)`
      return `${middle}, ${report.ratio(`${title(column)}: ${name}`, figures(name, column), figures(base, column))}`
    }),
  ])
}
