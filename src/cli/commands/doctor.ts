import { stripVTControlCharacters } from 'node:util'
import type { Check } from '../../doctor/check.ts'
import { diagnose } from '../../doctor/doctor.ts'
import { checkFrameworks } from '../../doctor/frameworks.ts'
import { EXIT, command } from '../command.ts'
import type { Command } from '../command.ts'
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
      text: [...checks.flatMap((check) => lines(check, terminal)), '', terminal.paint(faults > 0 ? 'red' : 'green', summary)].join('\n'),
      exitCode: faults > 0 ? EXIT.failed : EXIT.ok,
    }
  },
)

const MARKS: Readonly<Record<Check['status'], [text: string, style: Parameters<Terminal['paint']>[0]]>> = {
  ok: ['ok', 'green'],
  warning: ['warning', 'yellow'],
  fault: ['FAULT', 'red'],
  skipped: ['skipped', 'dim'],
}

function lines({ name, status, detail, remedy }: Check, terminal: Terminal): string[] {
  const [mark, style] = MARKS[status]
  const indent = ' '.repeat(9)
  // Names of attributes come from the table.
  const line = `${terminal.paint(style, mark)}${indent.slice(mark.length)}${terminal.paint('bold', name)}: ${stripVTControlCharacters(detail)}`
  return remedy === undefined ? [line] : [line, `${indent}${terminal.paint('cyan', 'remedy:')} ${stripVTControlCharacters(remedy)}`]
}

function plural(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`
}
