// bench/RESULTS.md has one section for each benchmark; a run replaces its own and leaves the others.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'

const FILE = new URL('RESULTS.md', import.meta.url)
const TITLE = '# Results\n\nEach section is written by the command that it names.\n'

/** Writes the section `## heading` of bench/RESULTS.md; what follows `### Notes` in it was written by hand and stays. */
export function writeSection(heading: string, command: string, body: string): void {
  const before = existsSync(FILE) ? readFileSync(FILE, 'utf8') : TITLE
  const [title = TITLE, ...sections] = before.split(/^(?=## )/m)
  const index = sections.findIndex((section) => section.startsWith(`## ${heading}\n`))
  const notes = /^### Notes\n[^]*/m.exec(sections[index] ?? '')?.[0]
  const about = [machine(), `Node ${process.version}`, `SDK ${sdkVersion()}`, new Date().toISOString().slice(0, 10), `\`${command}\``]
  const section = `## ${heading}\n\n${about.join(', ')}\n\n${body.trim()}\n${notes === undefined ? '' : `\n${notes.trim()}\n`}`
  if (index < 0) sections.push(section)
  else sections[index] = section
  writeFileSync(FILE, [title, ...sections].map((part) => part.trim()).join('\n\n') + '\n')
}

export function median(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? NaN
}

/** A table of Markdown; the first column names, the others hold figures. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}

function machine(): string {
  const model = cpus()[0]?.model.replace(/\s+/g, ' ').trim() || process.arch
  return `${availableParallelism()} cores of ${model}`
}

function sdkVersion(): string {
  const script = "process.stdout.write(require('@aws-sdk/client-dynamodb/package.json').version)"
  return execFileSync(process.execPath, ['--no-warnings', '-e', script], { encoding: 'utf8' })
}
