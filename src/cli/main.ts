import { readFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import { defineCommand, renderUsage, runCommand } from 'citty'
import type { CommandDef } from 'citty'
import { DynamoSessionError, TableStoppedError } from '../core/base/errors.ts'
import { EXIT } from './command.ts'
import type { Command, Outcome } from './command.ts'
import { COMMANDS } from './commands.ts'
import type { Commands, Entry } from './commands.ts'
import { UsageError } from './errors.ts'
import { checkArgs, suggestionFor } from './flags.ts'
import type { Flags } from './flags.ts'
import { commandsApart, wrapHelp } from './layout.ts'
import { columnsOf, isListing, paint } from './terminal.ts'

const NAME = 'dynamodb-sessions'
/** Errors about the command line or the configuration: nothing was sent. */
const USAGE_CODES = new Set([
  'USAGE',
  'NOT_CONFIRMED',
  'AMBIGUOUS_KEY',
  'INVALID_OPTION',
  'INVALID_ARGUMENT',
  'INVALID_ID',
  'INVALID_KEY',
  'MISSING_REGION',
])

/**
 * The command. Sets the process's exit code and never throws.
 * @param args the arguments behind the command's name.
 * @param manifest this package's package.json, for the version.
 */
export async function main(args: readonly string[], manifest: URL): Promise<void> {
  const flags = new Set(args.slice(0, args.includes('--') ? args.indexOf('--') : undefined))
  const isOn = (flag: string): boolean => flags.has(flag) || flags.has(`${flag}=true`)
  const json = isOn('--json')
  prepareProcess(json)
  try {
    const version = (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
    const [first] = args
    if (first === '--version' || first === '-v') {
      process.stdout.write(json ? toJson({ version }) : `${version}\n`)
      return
    }
    const { path, entry } = find(args)
    if (args.length === 0 || flags.has('--help') || flags.has('-h')) {
      process.stdout.write(await usage(path, entry, version))
      return
    }
    if (!entry.load) throw misnamed(path, entry.commands ?? {}, args[path.length])
    const command = await entry.load()
    const { own, program } = apart(args.slice(path.length), command)
    checkArgs(own, command.args)
    const { json: document, text, exitCode = EXIT.ok, isOnce = false } = await run(command, own, program)
    process.exitCode = exitCode
    if (json) writeResult(toJson(document), isOnce)
    else if (text !== undefined && text !== '') writeResult(`${text}\n`, isOnce)
  } catch (error) {
    process.exitCode = exitCodeOf(error)
    report(error, { json, debug: isOn('--debug') })
  }
}

/** The command that the first arguments name, or the group or all of it, as far as they name one. */
function find(args: readonly string[]): { path: string[]; entry: Entry } {
  let entry: Entry = { description: 'Sessions in Amazon DynamoDB: the table, garbage collection and single sessions', commands: COMMANDS }
  const path: string[] = []
  for (const name of args) {
    if (!entry.commands || !Object.hasOwn(entry.commands, name)) break
    entry = entry.commands[name] as Entry
    path.push(name)
  }
  return { path, entry }
}

function misnamed(path: readonly string[], commands: Commands, name: string | undefined): UsageError {
  const names = Object.keys(commands)
  const whole = [NAME, ...path].join(' ')
  if (name === undefined || name.startsWith('-')) {
    const hint = name === undefined ? '' : suggestionFor(name.replace(/^-+/, ''), ['help', 'version'])
    return new UsageError(`Which command? ${whole} ${names.join(' | ')}, then its flags${hint}`)
  }
  return new UsageError(`There is no command ${whole} ${JSON.stringify(name.slice(0, 40))}${suggestionFor(name, names, `${whole} `)}`)
}

/** What is for the command, and the program behind `--` of one that takes such. */
function apart(args: string[], { takesProgram = false }: Command): { own: string[]; program: string[] } {
  const end = takesProgram ? args.indexOf('--') : -1
  return end < 0 ? { own: args, program: [] } : { own: args.slice(0, end), program: args.slice(end + 1) }
}

/** citty parses the flags, by both their spellings, and hands them over. */
async function run(command: Command, raw: string[], program: readonly string[]): Promise<Outcome> {
  let outcome: Outcome | undefined
  await runCommand(
    defineCommand({
      args: command.args,
      async run({ args }) {
        const names = Object.keys(command.args).map((name) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()))
        outcome = await command.run(Object.fromEntries(names.map((name) => [name, args[name]])) as Flags, program)
      },
    }),
    { rawArgs: raw },
  )
  return outcome as Outcome
}

async function usage(path: readonly string[], entry: Entry, version: string): Promise<string> {
  const command = await entry.load?.()
  const args = Object.fromEntries(Object.entries(command?.args ?? {}).filter(([, { description }]) => description !== ''))
  const commands = Object.entries(entry.commands ?? {}).map(([name, { description }]) => [name, { meta: { description } }])
  const definition: CommandDef = {
    meta: { name: [NAME, ...path].join(' '), version, description: entry.description },
    args,
    ...(entry.commands ? { subCommands: Object.fromEntries(commands) as Record<string, CommandDef> } : {}),
  }
  const text = wrapHelp(await renderUsage(definition), columnsOf(process.stdout))
  const more = command ? '\n\nEvery option of docs/configuration.md is a flag too, in kebab-case: --max-attempts 5.' : ''
  // citty colours whatever the output is, unless NO_COLOR is 1.
  return `${paint(process.stdout, 'bold', 'x') === 'x' ? stripVTControlCharacters(text) : text}${more}\n`
}

function exitCodeOf(error: unknown): number {
  if (error instanceof TableStoppedError) return EXIT.interrupted
  const isUsage = error instanceof DynamoSessionError ? USAGE_CODES.has(error.code) : isFromCitty(error)
  return isUsage ? EXIT.usage : EXIT.failed
}

function report(error: unknown, { json, debug }: { json: boolean; debug: boolean }): void {
  const { message } = error instanceof Error ? error : new Error(String(error))
  const name = error instanceof DynamoSessionError ? error.name : 'Error'
  const code = error instanceof DynamoSessionError ? error.code : isFromCitty(error) ? 'USAGE' : 'UNEXPECTED'
  const stack = error instanceof Error ? error.stack : undefined
  if (json) return void process.stderr.write(toJsonLine({ error: { name, code, message, ...(debug ? { stack } : {}) } }))
  const hint = code === 'UNEXPECTED' && !debug ? '\n(--debug shows where this comes from)' : ''
  const shown = stripVTControlCharacters(message)
  // A log has an error in one line; who looks at it wants to copy what to run.
  const text = process.stderr.isTTY ? commandsApart(shown, '  ') : shown
  process.stderr.write(`${paint(process.stderr, 'red', 'error:')} ${text}${hint}\n`)
  if (!debug) return
  if (stack) process.stderr.write(`${stack}\n`)
  for (let cause = error instanceof Error ? error.cause : undefined; cause instanceof Error; cause = cause.cause) {
    process.stderr.write(`caused by ${cause.stack}\n`)
  }
}

function isFromCitty(error: unknown): boolean {
  return error instanceof Error && error.name === 'CLIError'
}

/** Of the standard error, where warnings may come before an error. */
function toJsonLine(value: unknown): string {
  return `${JSON.stringify(value)}\n`
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

function prepareProcess(json: boolean): void {
  // A warning about the version of Node is noise for somebody who looks at a session.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
  process.removeAllListeners('warning')
  process.on('warning', (warning) => {
    const { name, message } = warning
    process.stderr.write(json ? toJsonLine({ warning: { name, message } }) : `${paint(process.stderr, 'yellow', 'warning:')} ${message}\n`)
  })
  // A reader may go away while the work goes on: nothing of it is lost but what only that reader would have seen.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      // `dynamodb-sessions list | head` ends when head has enough.
      if (stream === process.stdout && isListing()) process.exit()
    })
  }
}

/** What was done and nobody reads any more goes beside the errors: a run that took hours may have to be resumed by it. */
function writeResult(text: string, isOnce: boolean): void {
  process.stdout.write(text, (error) => {
    if (isOnce && (error as NodeJS.ErrnoException | null | undefined)?.code === 'EPIPE') process.stderr.write(text)
  })
}
