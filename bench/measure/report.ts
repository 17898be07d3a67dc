// bench/RESULTS.md has a section for each benchmark; a run replaces its own and leaves the others. What was measured as a ratio is kept
// in machines.json too, by machine, from which the range over machines comes.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { ratioOf, shownRatio } from './rounds.ts'
import type { Ratio } from './rounds.ts'

const FILE = new URL('../RESULTS.md', import.meta.url)
const MACHINES = new URL('../machines.json', import.meta.url)
const TITLE = '# Results\n'
/** What changes how long a run takes, shown with its command. */
const SETTINGS = ['ROUNDS', 'RECORDS']

/** Machine, then section, then what was compared: median, lowest and highest of the rounds. */
export type Machines = Record<string, Record<string, Record<string, readonly [median: number, low: number, high: number]>>>

/** What one benchmark found out. */
export interface Report {
  paragraph(text: string): void
  table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): void
  /** The figures of each round beside another's, as text for a cell. `name` is what the range over machines knows it by. */
  ratio(name: string, figures: readonly number[], others: readonly number[]): string
  /** A figure that is no ratio of rounds, kept in the same way. */
  keep(name: string, figure: number): void
  /** Writes the section; what follows `### Notes` in it was written by hand and stays. */
  write(): void
}

/** @param heading of the section. @param section its name on the command line. */
export function createReport(heading: string, section: string): Report {
  const parts: string[] = []
  const ratios: Record<string, readonly [number, number, number]> = {}
  const keep = (name: string, { median, low, high }: Ratio): void => {
    ratios[name] = [rounded(median), rounded(low), rounded(high)]
  }
  const add = (text: string): void => {
    console.log(`\n${text}`)
    parts.push(text)
  }
  return {
    paragraph: add,
    table: (title, head, rows) => add(`### ${title}\n\n${table(head, rows)}`),
    ratio(name, figures, others) {
      const ratio = ratioOf(figures, others)
      keep(name, ratio)
      return shownRatio(ratio)
    },
    keep: (name, figure) => keep(name, { median: figure, low: figure, high: figure }),
    write() {
      const settings = SETTINGS.map((name) => (process.env[name] ? `${name}=${process.env[name]} ` : '')).join('')
      const about = [machine(), `SDK ${sdkVersion()}`, new Date().toISOString().slice(0, 10), `\`${settings}npm run bench -- ${section}\``]
      const machines = readMachines()
      machines[machine()] = { ...machines[machine()], [section]: ratios }
      writeFileSync(MACHINES, `${JSON.stringify(machines, null, 1)}\n`)
      writeSection(heading, [about.join(', '), ...parts].join('\n\n'))
    },
  }
}

export function readMachines(): Machines {
  return existsSync(MACHINES) ? (JSON.parse(readFileSync(MACHINES, 'utf8')) as Machines) : {}
}

/** The machine and its Node, as machines.json names them. */
export function machine(): string {
  const model = cpus()[0]?.model.replace(/\s+/g, ' ').trim() || process.arch
  return `${availableParallelism()} cores of ${model}, Node ${process.version}`
}

/** Replaces a section, or adds it. */
export function writeSection(heading: string, body: string): void {
  const before = existsSync(FILE) ? readFileSync(FILE, 'utf8') : TITLE
  const [title = TITLE, ...sections] = before.split(/^(?=## )/m)
  const index = sections.findIndex((section) => section.startsWith(`## ${heading}\n`))
  const notes = /^### Notes\n[^]*/m.exec(sections[index] ?? '')?.[0]
  const section = `## ${heading}\n\n${body.trim()}\n${notes === undefined ? '' : `\n${notes.trim()}\n`}`
  if (index < 0) sections.push(section)
  else sections[index] = section
  writeFileSync(FILE, [title, ...sections].map((part) => part.trim()).join('\n\n') + '\n')
}

/** A table of Markdown; the first column names, the others hold figures. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}

function rounded(figure: number): number {
  return Number(figure.toFixed(3))
}

function sdkVersion(): string {
  const script = "process.stdout.write(require('@aws-sdk/client-dynamodb/package.json').version)"
  return execFileSync(process.execPath, ['--no-warnings', '-e', script], { encoding: 'utf8' })
}
