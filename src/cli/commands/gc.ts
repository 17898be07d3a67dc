import type { ArgsDef } from 'citty'
import { lifetimesOf } from '../../gc/due.ts'
import { collectGarbage } from '../../gc/gc.ts'
import type { GarbageCollectionOptions, GarbageCollectionResult } from '../../gc/gc.ts'
import { resolveOptions } from '../../core/options/options.ts'
import { EXIT, command } from '../command.ts'
import type { Command, Context, Outcome } from '../command.ts'
import { UsageError } from '../errors.ts'
import { numberOf } from '../flags.ts'
import { createProgress } from '../progress.ts'
import { stopOnSignals } from '../signals.ts'
import { formatRows } from '../layout.ts'
import { formatCount } from '../terminal.ts'

const ARGS: ArgsDef = {
  'dry-run': { type: 'boolean', description: 'Count what is due and delete nothing' },
  'include-expired': { type: 'boolean', description: 'Delete what is expired, although the table’s TTL will' },
  segments: { type: 'string', valueHint: 'number', description: 'Segments of the parallel scan, 1 to 4096 (default by size)' },
  concurrency: { type: 'string', valueHint: 'number', description: 'Batches of deletes at once, 1 to 64 (default 16)' },
  'max-write-rate': { type: 'string', valueHint: 'units', description: 'Write capacity units per second' },
  'max-read-rate': { type: 'string', valueHint: 'units', description: 'Read capacity units per second' },
  'resume-token': { type: 'string', valueHint: 'token', description: 'Go on where a stopped run ended' },
  force: { type: 'boolean', description: 'Collect by less than a minute, too' },
  yes: { type: 'boolean', alias: 'y', description: 'Do not ask' },
}

/** `gc` */
export const gc: Command = command({ shown: ['maxAge', 'maxStale', 'keyPrefix', 'hashIds'], args: ARGS }, async (context) => {
  const { options, flags, terminal } = context
  const { tableName } = resolveOptions(options)
  refuseSlips(context)
  if (flags.dryRun !== true) {
    await terminal.confirm({ what: `the sessions that are due in the table ${tableName}`, name: tableName, yes: flags.yes === true })
  }
  const progress = createProgress(terminal)
  const { signal, release } = stopOnSignals(terminal, progress.clear)
  try {
    const result = await collectGarbage({ ...options, ...ownOptions(context), signal, onProgress: progress.report })
    progress.clear()
    return outcomeOf(result, context)
  } finally {
    progress.clear()
    release()
  }
})

/** Minutes or milliseconds in the wrong place would end every session. */
function refuseSlips({ options, origins, flags }: Context): void {
  if (flags.force === true || flags.dryRun === true) return
  const { maxAge, maxStale } = lifetimesOf(options)
  for (const [name, seconds] of Object.entries({ maxAge, maxStale })) {
    if (seconds === undefined || seconds >= SHORTEST) continue
    const source = (origins as Readonly<Record<string, string>>)[name]
    throw new UsageError(
      `\`${name}\`${source === undefined ? '' : ` (from ${source})`} is ${seconds} seconds: this would delete nearly every session. ` +
        'See what by --dry-run, and mean it by --force',
    )
  }
}

/** Seconds. */
const SHORTEST = 60

function ownOptions({ flags }: Context): GarbageCollectionOptions {
  const { dryRun, includeExpired, resumeToken, ...rest } = flags
  const own: Record<string, unknown> = { dryRun, includeExpired, resumeToken }
  for (const name of ['segments', 'concurrency', 'maxWriteRate', 'maxReadRate']) {
    if (rest[name] !== undefined) own[name] = numberOf(rest[name])
  }
  return own
}

function outcomeOf(result: GarbageCollectionResult, { flags, terminal }: Context): Outcome {
  const { resumeToken, notes, failed, seconds } = result
  const counts = [
    'scanned',
    'matched',
    'deleted',
    'spared',
    'kept',
    'ignored',
    'failed',
    'consumedReadUnits',
    'consumedWriteUnits',
  ] as const
  const titles: Partial<Record<(typeof counts)[number], string>> = { consumedReadUnits: 'read units', consumedWriteUnits: 'write units' }
  const rows = counts.map((name) => [terminal.paint('bold', titles[name] ?? name), formatCount(result[name])])
  const lines = [
    ...(flags.dryRun === true ? ['A dry run: nothing was deleted'] : []),
    formatRows([...rows, [terminal.paint('bold', 'seconds'), seconds.toFixed(1)]], terminal.columns),
    ...notes.map(({ message }) => `${terminal.paint('yellow', 'note:')} ${message}`),
    ...(resumeToken === undefined
      ? []
      : ['', 'Stopped before the end. To go on, add this to the same command:', `--resume-token ${resumeToken}`]),
  ]
  const exitCode = resumeToken !== undefined ? EXIT.interrupted : failed > 0 ? EXIT.failed : EXIT.ok
  return { json: result, text: lines.join('\n'), exitCode, isOnce: true }
}
