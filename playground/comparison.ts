// Requests that pages cost, ours beside the peers'. The peers are those of bench/, each on its own client.
import { readFileSync } from 'node:fs'
import { deleteSessionTable, ensureSessionTable } from '../src/index.ts'

export interface Row {
  readonly name: string
  /** By step. */
  readonly requests: readonly number[]
}

export interface Comparison {
  readonly source: string
  readonly rows: readonly Row[]
}

export const STEPS = ['first visit', 'view, 4 loaders', 'view that lives on', 'view that changes', 'log out'] as const

const NAMES: readonly (readonly [name: string, inBench: string])[] = [
  ['This package, React Router', 'createDynamoSessionStorage (React Router)'],
  ['Architect’s storage', 'React Router createArcTableSessionStorage'],
  ['connect-dynamodb', 'connect-dynamodb (express-session)'],
]

/** What `npm run bench` measured last. */
export function measuredBefore(): Comparison {
  const results = readFileSync(new URL('../bench/RESULTS.md', import.meta.url), 'utf8')
  const [, rest = ''] = results.split('\n## Requests of a page view\n')
  const [section = ''] = rest.split('\n## ')
  const rows = NAMES.map(([name, inBench]) => {
    const line = section.split('\n').find((each) => each.startsWith(`| ${inBench} |`)) ?? ''
    const cells = line.split('|').slice(2, 2 + STEPS.length)
    return { name, requests: cells.map((cell) => Number.parseInt(cell, 10)) }
  })
  const date = /\d{4}-\d\d-\d\d/.exec(section)?.[0] ?? ''
  return { source: `Measured by npm run bench, ${date}: bench/RESULTS.md.`, rows }
}

/** The same, now, on the engine at `endpoint`, in a table that is deleted afterwards. */
export async function measure(endpoint: string): Promise<Comparison> {
  // Their clients ask the environment, and a local engine takes any identity.
  process.env.AWS_REGION ??= 'us-east-1'
  process.env.AWS_ACCESS_KEY_ID ??= 'playground'
  process.env.AWS_SECRET_ACCESS_KEY ??= 'playground'
  // Loaded when somebody asks: the peers bring clients of their own.
  const [{ contender }, { startMeter }] = await Promise.all([
    import('../bench/contenders/contenders.ts'),
    import('../bench/servers/meter.ts'),
  ])
  const tableName = `playground-comparison-${process.pid}`
  await ensureSessionTable({ tableName, endpoint })
  const meter = await startMeter(endpoint)
  try {
    const rows: Row[] = []
    for (const [name, inBench] of NAMES) {
      const one = await contender(inBench, { endpoint: meter.endpoint, tableName })
      const requests: number[] = []
      const counted = async <T>(step: Promise<T>): Promise<T> => {
        const result = await step
        requests.push(meter.take().requests)
        return result
      }
      meter.take()
      const at = await counted(one.create())
      await counted(one.view(at))
      await counted(one.rolling(at))
      await counted(one.change(at))
      await counted(one.end(at))
      rows.push({ name, requests })
    }
    return {
      source: `Measured here, at ${new Date().toISOString().slice(11, 19)} UTC: one visit of each on this engine.`,
      rows,
    }
  } finally {
    meter.stop()
    await deleteSessionTable({ tableName, endpoint })
  }
}
