// What a page view costs, by every adapter beside the peer that it replaces.
import { createSessionTable } from 'dynamodb-sessions'
import type { Contender } from '../contenders/contender.ts'
import { ON_DYNAMODB, contender } from '../contenders/contenders.ts'
import { createReport } from '../measure/report.ts'
import { ROUNDS } from '../measure/rounds.ts'
import { reportVisits } from '../measure/visits.ts'
import { startEngine } from '../servers/start.ts'
import { measureAllocations } from './allocations.ts'

const CALLS = 20

const engine = await startEngine()
const tableName = 'bench'
await createSessionTable({ tableName, endpoint: engine.endpoint })
const report = createReport('Page views', 'pages')
report.paragraph(
  `On ${engine.name}, in a process of its own. Medians of ${ROUNDS} interleaved rounds of ${CALLS} calls; ratios of each round to its own neighbour, the first row, in brackets the lowest and the highest round.`,
)
const all = new Map<string, Contender>()
for (const name of ON_DYNAMODB) all.set(name, await contender(name, { endpoint: engine.endpoint, tableName }))

await reportVisits(report, all, CALLS)
report.table(
  'Allocations',
  ['allocated, KB (beside the first)', 'view, 4 loaders', 'changed view'],
  measureAllocations(engine.endpoint, tableName),
)
report.paragraph('Allocations: means of 200 views in one process each, in which the same code allocates the same.')
report.write()
process.exit(0)
