// The first section of RESULTS.md: what was aimed at, what came out here, and on every machine that measured it.
import { machine, readMachines, table, writeSection } from './report.ts'

interface Goal {
  readonly text: string
  readonly section: string
  /** As the section names what it compares. */
  readonly name: string
  readonly most?: number
  readonly least?: number
  /** Default a ratio. */
  readonly unit?: string
}

const PLAIN = 'On a plain connection'
const GIVEN = 'On one client, given to the store'
const START = 'From the start of a process to its first session, with node_modules'
const ALONE = 'The clients alone, on a server that answers at once, from memory, and deletes nothing'
const SIZE = 'KB gzipped without the SDK'
const ROUTER = 'createDynamoSessionStorage (React Router)'

const GOALS: readonly Goal[] = [
  { text: 'a read', section: 'calls', name: `${PLAIN}: createSessionStore, read`, most: 0.38 },
  { text: 'an update', section: 'calls', name: `${PLAIN}: createSessionStore, update`, most: 0.54 },
  { text: 'a create', section: 'calls', name: `${PLAIN}: createSessionStore, create`, most: 0.54 },
  { text: 'a read on a given client', section: 'calls', name: `${GIVEN}: createSessionStore, read`, most: 1.05 },
  { text: 'an update on a given client', section: 'calls', name: `${GIVEN}: createSessionStore, update`, most: 1.15 },
  { text: 'a create on a given client', section: 'calls', name: `${GIVEN}: createSessionStore, create`, most: 1.15 },
  {
    text: '50 reads in flight: reads a second',
    section: 'calls',
    name: '50 reads in flight, a server that answers at once: createSessionStore, rate',
    least: 3.5,
  },
  { text: 'the same, on dynoxide', section: 'calls', name: '50 reads in flight, dynoxide: createSessionStore, rate' },
  { text: "a read, transport: 'sdk'", section: 'calls', name: `${PLAIN}: createSessionStore, transport: 'sdk', read` },
  { text: "an update, transport: 'sdk'", section: 'calls', name: `${PLAIN}: createSessionStore, transport: 'sdk', update` },
  { text: "a create, transport: 'sdk'", section: 'calls', name: `${PLAIN}: createSessionStore, transport: 'sdk', create` },
  { text: "React Router's view with 4 loaders", section: 'pages', name: `CPU, view, 4 loaders: ${ROUTER}`, most: 0.45 },
  { text: 'garbage collection, beside the gem: client CPU', section: 'gc', name: `${ALONE}, 0 ms: collectGarbage, cpu`, most: 0.5 },
  { text: 'the same, 10 ms of network', section: 'gc', name: `${ALONE}, 10 ms: collectGarbage, cpu`, most: 0.5 },
  { text: 'the same: deletes a second', section: 'gc', name: `${ALONE}, 10 ms: collectGarbage, rate`, least: 5 },
  { text: "the same: client CPU, transport: 'sdk'", section: 'gc', name: `${ALONE}, 10 ms: collectGarbage, transport: 'sdk', cpu` },
  { text: 'start of a process to its first session', section: 'start', name: `${START}: createSessionStore`, most: 0.5 },
  {
    text: 'the same, bundled',
    section: 'start',
    name: 'The same, bundled by esbuild: createSessionStore, the SDK outside',
    most: 0.7,
  },
  { text: 'a bundle: driver', section: 'start', name: `${SIZE}: driver (unstorage)`, most: 25, unit: ' KB' },
  { text: 'a bundle: createSessionStore', section: 'start', name: `${SIZE}: createSessionStore`, most: 25, unit: ' KB' },
  { text: 'writes of 10 hosts in conflict, 1 ms', section: 'conflicts', name: '10 writers, 1 ms: writes', most: 25, unit: ' writes' },
  { text: 'the same, 5 ms', section: 'conflicts', name: '10 writers, 5 ms: writes', most: 25, unit: ' writes' },
  { text: 'the same, 20 ms', section: 'conflicts', name: '10 writers, 20 ms: writes', most: 25, unit: ' writes' },
  { text: 'Redis: a view by connect-redis', section: 'redis', name: 'CPU, view, 4 loaders: connect-redis (express-session)' },
  { text: 'Redis: a view by DynamoDBStore in its place', section: 'redis', name: 'CPU, view, 4 loaders: DynamoDBStore (express-session)' },
]

/** Writes it from machines.json. */
export function writeSummary(): void {
  const machines = readMachines()
  const here = machines[machine()] ?? {}
  const rows = GOALS.flatMap((goal) => {
    const found = here[goal.section]?.[goal.name]
    if (!found) return []
    const all = Object.values(machines).flatMap((sections) => sections[goal.section]?.[goal.name]?.[0] ?? [])
    const unit = goal.unit ?? ''
    const shown = (figure: number): string => (goal.unit === undefined ? `×${figure.toFixed(2)}` : figure.toFixed(1))
    const [median, low, high] = found
    const spread = low === high ? '' : ` (${low.toFixed(2)} to ${high.toFixed(2)})`
    const range = all.length > 1 ? `${shown(Math.min(...all))} to ${shown(Math.max(...all))} on ${all.length}` : 'this one only'
    return [[goal.text, aimOf(goal), `${shown(median)}${unit}${spread}`, range, verdict(goal, median, low, high)]]
  })
  const head = [
    'beside a default SDK client, or what is named',
    'aim',
    'here: median (lowest to highest round)',
    'medians over machines',
    'result',
  ]
  const body = `What the sections below found, on ${machine()}. Ratios are of client CPU where nothing else is said.\n\n${table(head, rows)}`
  writeSection('In short', body)
}

function aimOf({ most, least, unit }: Goal): string {
  if (most === undefined && least === undefined) return ''
  const figure = unit === undefined ? `×${most ?? least}` : `${most}${unit}`
  return `${most === undefined ? 'at least' : 'at most'} ${figure}`
}

/** Neither met nor missed where the rounds disagree about it. */
function verdict({ most, least }: Goal, median: number, low: number, high: number): string {
  if (most === undefined && least === undefined) return ''
  const [isMet, worst, best] =
    most === undefined ? [(figure: number) => figure >= (least ?? 0), low, high] : [(figure: number) => figure <= most, high, low]
  if (isMet(worst)) return 'met in every round'
  if (isMet(median)) return 'met'
  return isMet(best) ? 'missed, met in some rounds' : 'missed'
}
