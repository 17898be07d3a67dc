import {
  createSessionTable,
  deleteSessionTable,
  enableSessionTableTtl,
  ensureSessionTable,
  inspectSessionTable,
} from '../../table/table.ts'
import type { TableOptions, TableProgress } from '../../table/definition.ts'
import type { NotApplied, SessionTable, TableDifference } from '../../table/table.ts'
import type { ArgsDef } from 'citty'
import { resolveOptions } from '../../core/options/options.ts'
import { EXIT, command } from '../command.ts'
import type { Command, Context, Outcome } from '../command.ts'
import { UsageError } from '../errors.ts'
import { numberOf } from '../flags.ts'
import { createTicker } from '../progress.ts'
import { stopOnSignals } from '../signals.ts'
import { commandsApart, formatRows } from '../layout.ts'

const TIMEOUT: ArgsDef = { timeout: { type: 'string', valueHint: 'seconds', description: 'How long to wait for the table (default 300)' } }
/** Flags of what a table can be that are no options of sessions. */
export const TABLE_FLAGS: ArgsDef = {
  tags: { type: 'string', valueHint: 'team=shop,stage=live', description: 'Tags of a new table' },
  'deletion-protection': { type: 'boolean', description: 'Have a new table refuse deletion' },
  'point-in-time-recovery': { type: 'boolean', description: 'Keep backups of the last 35 days of a new table' },
  'server-side-encryption': { type: 'string', valueHint: 'true|ARN', description: 'Encrypt a new table with a KMS key' },
}
const NEW: ArgsDef = { ...TABLE_FLAGS, ...TIMEOUT }
/** Options that make a table what it is. */
export const SCHEMA = ['tableKey', 'sortKey', 'sortKeyValue', 'userIdKey', 'billingMode', 'readCapacity', 'writeCapacity'] as const

/** `table create` */
export const create: Command = command({ shown: SCHEMA, args: NEW }, async (context) => {
  const { table, notApplied } = await watched(context, (waiting) => createSessionTable({ ...tableOptions(context), ...waiting }))
  return tableOutcome(context, table, { created: true, notApplied, differences: [] })
})

/** `table ensure` */
export const ensure: Command = command({ shown: SCHEMA, args: NEW }, async (context) => {
  const { table, ...rest } = await watched(context, (waiting) => ensureSessionTable({ ...tableOptions(context), ...waiting }))
  return tableOutcome(context, table, rest)
})

/** `table status` */
export const status: Command = command({ shown: SCHEMA }, async (context) => {
  const { table, differences } = await inspectSessionTable(context.options)
  return tableOutcome(context, table, { differences })
})

/** `table enable-ttl` */
export const enableTtl: Command = command({}, async ({ options }) => {
  const { tableName } = resolveOptions(options)
  const enabled = await enableSessionTableTtl(options)
  return {
    json: { tableName, enabled },
    text: enabled
      ? `TTL on expire_at is being switched on for ${tableName}; AWS takes up to an hour`
      : `TTL on expire_at was on already for ${tableName}`,
  }
})

/** `table delete` */
export const remove: Command = command(
  { args: { ...TIMEOUT, yes: { type: 'boolean', alias: 'y', description: 'Do not ask' } } },
  async (context) => {
    const { tableName } = resolveOptions(context.options)
    await context.terminal.confirm({
      what: `the table ${tableName} with every session in it`,
      name: tableName,
      yes: context.flags.yes === true,
    })
    const deleted = await watched(context, (waiting) => deleteSessionTable({ ...tableOptions(context), ...waiting }))
    return { json: { tableName, deleted }, text: deleted ? `The table ${tableName} is deleted` : `There was no table ${tableName}` }
  },
)

/** Work that may wait for the table: shown on the standard error, and stopped by Ctrl-C. */
async function watched<Result>(
  { terminal }: Context,
  work: (waiting: Pick<TableOptions, 'signal' | 'onWait'>) => Promise<Result>,
): Promise<Result> {
  const ticker = createTicker(terminal)
  const { signal, release } = stopOnSignals(terminal, ticker.clear)
  const onWait = ({ tableName, waitingFor }: TableProgress): void => {
    if (!signal.aborted) ticker.show(`waiting for the table ${tableName} to ${waitingFor === 'gone' ? 'be gone' : `become ${waitingFor}`}`)
  }
  try {
    return await work({ signal, onWait })
  } finally {
    ticker.clear()
    release()
  }
}

/** The options of a table, flags included. */
export function tableOptions({ options, flags }: Context): TableOptions {
  const { tags, deletionProtection, pointInTimeRecovery, serverSideEncryption, timeout } = flags
  return {
    ...options,
    ...(typeof tags === 'string' ? { tags: parseTags(tags) } : {}),
    ...(typeof deletionProtection === 'boolean' ? { deletionProtection } : {}),
    ...(typeof pointInTimeRecovery === 'boolean' ? { pointInTimeRecovery } : {}),
    ...(typeof serverSideEncryption === 'string' ? { serverSideEncryption: parseEncryption(serverSideEncryption) } : {}),
    ...(timeout === undefined ? {} : { timeout: numberOf(timeout) }),
  }
}

function parseTags(text: string): Record<string, string> {
  const pairs = text.split(',').map((pair) => {
    const at = pair.indexOf('=')
    if (at < 1) throw new UsageError('The flag --tags takes names and values, as in --tags team=shop,stage=live')
    return [pair.slice(0, at), pair.slice(at + 1)]
  })
  return Object.fromEntries(pairs) as Record<string, string>
}

function parseEncryption(text: string): boolean | string {
  return text === 'true' ? true : text === 'false' ? false : text
}

interface Findings {
  readonly created?: boolean
  readonly notApplied?: readonly NotApplied[]
  readonly differences: readonly TableDifference[]
}

function tableOutcome({ terminal }: Context, table: SessionTable, findings: Findings): Outcome {
  const { created, notApplied = [], differences } = findings
  const ttl = table.timeToLive
  const rows: [string, string][] = [
    ['table', table.tableName],
    ['arn', table.arn ?? 'unknown'],
    ['status', table.status],
    ['billing', table.billingMode],
    ['keys', [table.tableKey, table.sortKey].filter((name) => name !== undefined).join(', ')],
    ['index of users', table.userIndex ? 'yes' : 'no'],
    ['time to live', ttl ? [ttl.status, ...(ttl.attribute ? [`on ${ttl.attribute}`] : [])].join(' ') : 'unknown to this engine'],
    ['deletion protection', table.deletionProtection ? 'yes' : 'no'],
    ['items', `${table.itemCount} (${table.sizeInBytes} bytes; AWS counts every six hours or so)`],
  ]
  const lines = [
    ...(created === undefined
      ? []
      : [created ? `The table ${table.tableName} is created` : `The table ${table.tableName} was there already`, '']),
    formatRows(
      rows.map(([name, value]) => [terminal.paint('bold', name), value]),
      terminal.columns,
    ),
    ...notApplied.map(({ feature, reason }) => `\nnot applied: ${feature}, since ${reason}`),
    ...differences.flatMap(({ what, expected, found, remedy }) => [
      '',
      `${terminal.paint('yellow', 'differs:')} ${what} is ${found}, the options want ${expected}`,
      `  ${commandsApart(remedy, '  ')}`,
    ]),
  ]
  return { json: { ...findings, table }, text: lines.join('\n'), ...(differences.length > 0 ? { exitCode: EXIT.differs } : {}) }
}
