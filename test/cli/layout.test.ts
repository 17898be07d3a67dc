import { describe, expect, it } from 'vitest'
import { reportOf } from '../../src/cli/commands/doctor.ts'
import { commandsApart, formatRows, wrapHelp } from '../../src/cli/layout.ts'
import type { Check } from '../../src/doctor/check.ts'

const widest = (text: string): number => Math.max(...text.split('\n').map((line) => [...line].length))

describe('formatRows', () => {
  const rows = [
    ['option', 'value', 'source'],
    ['cookie', JSON.stringify({ name: '__Host-session', path: '/', sameSite: 'lax' }), '/srv/app/dynamodb-sessions.config.yaml'],
  ]

  it('is as wide as its cells where nobody looks', () => {
    expect(formatRows(rows)).toContain('"sameSite":"lax"}  /srv/app/dynamodb-sessions.config.yaml')
  })

  it.each([60, 80])('cuts the widest cells in the middle in %i columns, and never the first', (columns) => {
    const text = formatRows(rows, columns)
    expect(widest(text)).toBeLessThanOrEqual(columns)
    expect(text).toMatch(/\ncookie  \{"name.*….*lax"\}  \/srv.*….*yaml$/)
  })

  it('ends where no cell can be any shorter', () => {
    expect(formatRows(rows, 3).split('\n')).toHaveLength(2)
  })

  it('has the value of two columns go on below itself, and leaves words whole', () => {
    const arn = 'arn:aws:dynamodb:eu-west-1:123456789012:table/sessions'
    const text = formatRows(
      [
        ['arn', arn],
        ['items', '42 (9000 bytes; AWS counts every six hours or so)'],
      ],
      30,
    )
    expect(text.split('\n')).toEqual([`arn    ${arn}`, 'items  42 (9000 bytes; AWS', '       counts every six hours', '       or so)'])
  })
})

describe('help', () => {
  const help = [
    'Delete sessions (dynamodb-sessions gc v1)',
    '',
    '   --include-expired    Delete what is expired, although the table’s TTL will     ',
    '  --segments=<number>    \u001B[2mSegments of the parallel scan, 1 to 4096\u001B[0m',
  ].join('\n')

  it('has descriptions go on below themselves', () => {
    const text = wrapHelp(help, 50)
    expect(text.split('\n').slice(2, 5)).toEqual([
      '   --include-expired    Delete what is expired,',
      '                        although the table’s TTL',
      '                        will',
    ])
    expect(text).toContain('\u001B[2mSegments of the parallel\n')
  })

  it('in a pipe stays as it is', () => {
    expect(wrapHelp(help, Infinity)).toBe(help.replace(/ +$/gm, ''))
  })
})

describe('commandsApart', () => {
  it.each([
    ['set `region`', 'set `region`'],
    ['add it: `aws dynamodb tag-resource --tags x`', 'add it:\n    aws dynamodb tag-resource --tags x'],
    ['`dynamodb-sessions table create`, or set `tableName`', '\n    npx dynamodb-sessions table create\n  or set `tableName`'],
    ['Run `npx dynamodb-sessions doctor`.', 'Run\n    npx dynamodb-sessions doctor'],
    ['delete it: `aws a`; then add: `aws b`', 'delete it:\n    aws a\n  then add:\n    aws b'],
  ])('puts the commands of %j on lines of their own', (message, expected) => {
    expect(commandsApart(message, '  ')).toBe(expected)
  })
})

describe('doctor', () => {
  const checks: Check[] = [
    { name: 'table', status: 'fault', detail: 'there is none', remedy: '`dynamodb-sessions table create`' },
    { name: 'secret', status: 'ok', detail: 'there is one' },
    { name: 'clock', status: 'warning', detail: 'late', remedy: 'synchronize it' },
    { name: 'keys', status: 'skipped', detail: 'no table' },
    { name: 'region', status: 'ok', detail: 'eu-west-1' },
  ]
  const paint = (_style: string, text: string): string => text

  it('has problems last, with a symbol each and its command on a line of its own', () => {
    expect(reportOf(checks, { hasSymbols: true, paint }).split('\n')).toEqual([
      '✓ secret: there is one',
      '✓ region: eu-west-1',
      '- keys: no table',
      '! clock: late',
      '  remedy: synchronize it',
      '✗ table: there is none',
      '  remedy:',
      '    npx dynamodb-sessions table create',
    ])
  })

  it('says it in words where there are no symbols', () => {
    const lines = reportOf(checks, { hasSymbols: false, paint }).split('\n')
    expect(lines[0]).toBe('ok       secret: there is one')
    expect(lines.slice(-3)).toEqual(['FAULT    table: there is none', '         remedy:', '           npx dynamodb-sessions table create'])
  })
})
