// Bytes of heap that a page view takes, in a process that collects no garbage meanwhile. Run alone, it is that process.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ON_DYNAMODB, contender } from '../contenders/contenders.ts'

const FILE = fileURLToPath(import.meta.url)
const VIEWS = 200
const COLUMNS = ['view', 'change'] as const
const NODE = ['--no-warnings', '--expose-gc', '--min-semi-space-size=512', '--max-semi-space-size=512']

/** Rows of a table: each contender's KB, beside the first one's. */
export function measureAllocations(endpoint: string, tableName: string): string[][] {
  // A process each, since what one leaves behind changes what the next takes.
  const taken = ON_DYNAMODB.map((name) => {
    const text = execFileSync(process.execPath, [...process.execArgv, ...NODE, FILE, endpoint, tableName, name], { encoding: 'utf8' })
    return JSON.parse(text) as Record<'view' | 'change', number>
  })
  return ON_DYNAMODB.map((name, row) => {
    const cells = COLUMNS.map((column) => {
      const bytes = taken[row]?.[column] ?? NaN
      return `${(bytes / 1024).toFixed(0)} (×${(bytes / (taken[0]?.[column] ?? NaN)).toFixed(2)})`
    })
    return [name].concat(cells)
  })
}

if (process.argv[1] === FILE) {
  const [endpoint, tableName, name] = process.argv.slice(2) as [string, string, string]
  const one = await contender(name, { endpoint, tableName })
  const at = await one.create()
  const bytes: Record<string, number> = {}
  const views = name.includes('sealed') ? VIEWS / 10 : VIEWS
  for (const column of COLUMNS) {
    for (let view = 0; view < views; view++) await one[column](at)
    globalThis.gc?.()
    const before = process.memoryUsage().heapUsed
    for (let view = 0; view < views; view++) await one[column](at)
    bytes[column] = (process.memoryUsage().heapUsed - before) / views
  }
  console.log(JSON.stringify(bytes))
  process.exit(0)
}
