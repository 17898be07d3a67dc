// Bytes of heap that a page view takes, in a process that collects no garbage meanwhile. Run alone, it is that process.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { contenders } from './contenders.ts'
import { table } from './results.ts'

const FILE = fileURLToPath(import.meta.url)
const VIEWS = 200

export async function measureAllocations(endpoint: string, tableName: string): Promise<string> {
  const names = (await contenders(endpoint, tableName)).map(({ name }) => name)
  // One each, since what one leaves behind changes what the next takes.
  const taken = names.map((_, index) => {
    const args = [
      ...process.execArgv,
      '--no-warnings',
      '--expose-gc',
      '--min-semi-space-size=512',
      '--max-semi-space-size=512',
      FILE,
      endpoint,
      tableName,
      String(index),
    ]
    return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Record<'view' | 'change', number>
  })
  const rows = names.map((name, index) => {
    const cells = (['view', 'change'] as const).map((action) => {
      const bytes = taken[index]?.[action] ?? NaN
      return `${(bytes / 1024).toFixed(0)} (×${(bytes / (taken[0]?.[action] ?? NaN)).toFixed(2)})`
    })
    return [name].concat(cells)
  })
  const text = table(['allocated, KB (beside the first)', 'view, 4 loaders', 'changed view'], rows)
  console.log(`\nAllocations\n\n${text}`)
  return `### Allocations\n\n${text}\n\nMeans of ${VIEWS} views in one process each, in which the same code allocates the same.`
}

if (process.argv[1] === FILE) {
  const [endpoint, tableName, index] = process.argv.slice(2) as [string, string, string]
  const contender = (await contenders(endpoint, tableName))[Number(index)]
  if (!contender) throw new Error(`there is no contender ${index}`)
  const at = await contender.create()
  const bytes: Record<string, number> = {}
  for (const action of ['view', 'change'] as const) {
    for (let view = 0; view < VIEWS; view++) await contender[action](at)
    globalThis.gc?.()
    const before = process.memoryUsage().heapUsed
    for (let view = 0; view < VIEWS; view++) await contender[action](at)
    bytes[action] = (process.memoryUsage().heapUsed - before) / VIEWS
  }
  console.log(JSON.stringify(bytes))
  process.exit(0)
}
