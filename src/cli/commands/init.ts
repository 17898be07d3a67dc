import { writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { isFile, findConfig } from '../../config/files.ts'
import { ensureSessionTable } from '../../table/table.ts'
import { command } from '../command.ts'
import type { Command, Context } from '../command.ts'
import { UsageError } from '../errors.ts'
import { makeFolder } from '../folders.ts'
import { pick } from '../flags.ts'
import { FRAMEWORK_NAMES, projectOf } from '../init/project.ts'
import type { Project } from '../init/project.ts'
import { CONFIG_FILE, starterOf } from '../init/starter.ts'
import type { Start, Step } from '../init/starter.ts'

/** Options that the configuration file takes over from flags and the environment, and none that is secret. */
const KEPT = ['tableName', 'keyPrefix', 'userIdKey', 'maxAge', 'maxStale'] as const

/** `init`: writes into the current folder, and asks AWS for nothing without `--table`. */
export const init: Command = command(
  {
    shown: ['keyPrefix', 'userIdKey', 'maxAge', 'maxStale'],
    args: {
      framework: { type: 'string', valueHint: FRAMEWORK_NAMES.join('|'), description: 'In place of what package.json has' },
      table: { type: 'boolean', description: 'Make the table, too' },
      'dry-run': { type: 'boolean', description: 'Say what would be written, and write nothing' },
      force: { type: 'boolean', description: 'Replace files that are there' },
    },
  },
  async (context) => {
    const { flags } = context
    const folder = process.cwd()
    const dryRun = flags.dryRun === true
    const project = projectOf(folder, typeof flags.framework === 'string' ? flags.framework : undefined)
    const options = {
      ...context.options,
      tableName: context.options.tableName ?? 'sessions',
      userIdKey: context.options.userIdKey ?? 'userId',
    }
    const starter = starterOf(project, pick(options, KEPT))
    const files = placeAll(folder, starter.files, { dryRun, force: flags.force === true })
    const table = flags.table === true && !dryRun ? await ensureSessionTable(options) : undefined
    const steps: Step[] = [...starter.steps, ...lastSteps(starter.start, table === undefined, project)]
    const made = table && { tableName: options.tableName, created: table.created, differences: table.differences }
    return {
      json: { framework: project.framework ?? null, dryRun, ...files, ...(made ? { table: made } : {}), steps },
      text: textOf(context, { framework: project.framework, dryRun, ...files, steps, table: made }),
      isOnce: true,
    }
  },
)

/** The table and the start; and both in one without an account. */
function lastSteps({ runs, what, lines }: Start, needsTable: boolean, { dependencies, installDev }: Project): Step[] {
  const start = { what, lines }
  if (!needsTable) return [start]
  const table = { what: 'Make the table on AWS', lines: ['npx dynamodb-sessions table ensure'] }
  const command = ['npx dynamodb-sessions dev', ...(runs ? ['--', ...lines] : [])].join(' ')
  const ownEngine = {
    what: runs
      ? 'Or, without an AWS account, start it on an engine of its own, with the table made'
      : 'Or, without an AWS account, serve one in a shell of its own; it prints the line for .env',
    lines: [...(Object.hasOwn(dependencies, 'dynalite') ? [] : [`${installDev} dynalite`]), command],
  }
  return runs ? [table, start, ownEngine] : [table, ownEngine, start]
}

interface Placed {
  readonly written: readonly string[]
  /** What was there already, and stayed. */
  readonly kept: readonly string[]
}

function placeAll(
  folder: string,
  files: Readonly<Record<string, string>>,
  how: { readonly dryRun: boolean; readonly force: boolean },
): Placed {
  const written: string[] = []
  const kept: string[] = []
  const config = findConfig(folder)
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path)
    // One configuration file counts, whatever its format.
    const isThere = isFile(file) || (path === CONFIG_FILE && config !== undefined)
    if (isThere && !(how.force && isFile(file))) kept.push(isFile(file) ? path : relative(folder, config ?? file))
    else {
      written.push(path)
      if (!how.dryRun) write(file, text, how.force)
    }
  }
  return { written, kept }
}

function write(path: string, text: string, replace: boolean): void {
  try {
    makeFolder(dirname(path))
    // Whoever made the file meanwhile keeps it.
    writeFileSync(path, text, { flag: replace ? 'w' : 'wx' })
  } catch (error) {
    throw new UsageError(`${path} cannot be written (${(error as NodeJS.ErrnoException).code ?? String(error)})`)
  }
}

interface Told extends Placed {
  readonly framework: string | undefined
  readonly dryRun: boolean
  readonly steps: readonly Step[]
  readonly table: { readonly tableName: string; readonly created: boolean; readonly differences: readonly unknown[] } | undefined
}

function textOf({ terminal }: Context, { framework, dryRun, written, kept, steps, table }: Told): string {
  const block = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [terminal.paint('bold', title), ...lines.map((line) => `  ${line}`), '']
  return [
    framework ? `For ${framework}` : `package.json has none of ${FRAMEWORK_NAMES.join(', ')}: the configuration file is all`,
    '',
    ...block(dryRun ? 'Would be written:' : 'Written:', written),
    ...block('There already, and kept; --force replaces files:', kept),
    ...(table ? [`The table ${table.tableName} ${table.created ? 'is created' : 'was there already'}`, ''] : []),
    ...(table && table.differences.length > 0
      ? block('It differs from the options; this says how:', ['npx dynamodb-sessions table status'])
      : []),
    ...steps.flatMap(({ what, lines }) => block(`${what}:`, lines)),
  ]
    .join('\n')
    .trimEnd()
}
