import { stripVTControlCharacters } from 'node:util'
import type { Check } from '../../doctor/check.ts'
import { diagnose } from '../../doctor/doctor.ts'
import { checkFrameworks } from '../../doctor/frameworks.ts'
import { EXIT, command } from '../command.ts'
import type { Command } from '../command.ts'
import { commandsApart } from '../layout.ts'
import type { Terminal } from '../terminal.ts'

/** `doctor`: nothing is changed. */
export const doctor: Command = command(
  {
    shown: ['tableKey', 'keyPrefix', 'sortKey', 'sortKeyValue', 'userIdKey', 'requestTimeout', 'maxAttempts', 'maxSockets', 'transport'],
    args: {
      unstorage: { type: 'boolean', description: 'Look at what the driver needs under unstorage, too' },
      transports: { type: 'boolean', description: 'Compare both transports by one read and one write that changes nothing' },
    },
  },
  async ({ options, origins, flags, terminal }) => {
    const looks = Object.fromEntries(
      ['unstorage', 'transports'].flatMap((name) => (typeof flags[name] === 'boolean' ? [[name, flags[name]]] : [])),
    )
    const checks = [...checkFrameworks(process.cwd(), origins), ...(await diagnose({ ...options, ...looks }))]
    const count = (status: Check['status']): number => checks.filter((check) => check.status === status).length
    const [faults, warnings, skipped] = [count('fault'), count('warning'), count('skipped')]
    const summary = [
      faults === 0 ? 'no fault' : plural(faults, 'fault'),
      ...(warnings > 0 ? [plural(warnings, 'warning')] : []),
      ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ].join(', ')
    return {
      json: { healthy: faults === 0, checks },
      text: [reportOf(checks, terminal), '', terminal.paint(faults > 0 ? 'red' : 'green', summary)].join('\n'),
      exitCode: faults > 0 ? EXIT.failed : EXIT.ok,
    }
  },
)

type Mark = readonly [word: string, symbol: string, style: Parameters<Terminal['paint']>[0]]

const MARKS: Readonly<Record<Check['status'], Mark>> = {
  ok: ['ok', '✓', 'green'],
  skipped: ['skipped', '-', 'dim'],
  warning: ['warning', '!', 'yellow'],
  fault: ['FAULT', '✗', 'red'],
}

/** What is amiss comes last, where somebody who has run it looks; each kind in the order of the checks. */
function byGravity(checks: readonly Check[]): Check[] {
  const gravity = Object.keys(MARKS)
  return checks.toSorted((one, other) => gravity.indexOf(one.status) - gravity.indexOf(other.status))
}

/** The report: symbols on a terminal that has them, else words, which can be searched for. */
export function reportOf(checks: readonly Check[], { hasSymbols, paint }: Pick<Terminal, 'hasSymbols' | 'paint'>): string {
  const indent = ' '.repeat(hasSymbols ? 2 : 9)
  return byGravity(checks)
    .flatMap(({ name, status, detail, remedy }) => {
      const [word, symbol, style] = MARKS[status]
      const mark = hasSymbols ? symbol : word
      // Names of attributes come from the table.
      const line = `${paint(style, mark)}${indent.slice(mark.length)}${paint('bold', name)}: ${stripVTControlCharacters(detail)}`
      if (remedy === undefined) return [line]
      return [line, `${indent}${paint('cyan', 'remedy:')} ${commandsApart(stripVTControlCharacters(remedy), indent)}`.replace(/ +$/m, '')]
    })
    .join('\n')
}

function plural(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`
}
