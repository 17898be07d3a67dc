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
  const rows = names.map((name, index) => {
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
    const { view, change } = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Record<'view' | 'change', number>
    return [name, (view / 1024).toFixed(0), (change / 1024).toFixed(0)]
  })
  const text = table(['allocated, KB', 'view, 4 loaders', 'changed view'], rows)
  console.log(`\nAllocations\n\n${text}`)
  return `### Allocations\n\n${text}`
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
