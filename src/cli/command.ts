import type { ArgsDef } from 'citty'
import { loadWithOrigins } from '../config/load.ts'
import type { Origins } from '../config/load.ts'
import { InvalidOptionError } from '../core/base/errors.ts'
import type { SessionOptions } from '../core/options/options.ts'
import { flagOf } from '../core/base/shell.ts'
import { OPTION_FLAGS, optionsOf } from './flags.ts'
import type { Flags, OptionFlag } from './flags.ts'
import { createTerminal, keepingStdout } from './terminal.ts'
import type { Terminal } from './terminal.ts'

/** What a command returns: `main` prints `json` with `--json`, `text` otherwise. */
export interface Outcome {
  readonly json: unknown
  readonly text?: string
  /** Default `EXIT.ok`. */
  readonly exitCode?: number
  /** What was done, which the same command would not return again. */
  readonly isOnce?: boolean
}

/** Exit codes, documented in docs/command-line.md. */
export const EXIT = { ok: 0, failed: 1, usage: 2, differs: 3, interrupted: 130 } as const

export interface Context {
  /** The options as the application has them: flags, environment, files; without defaults. */
  readonly options: SessionOptions
  readonly origins: Origins
  /** The command's own flags and positionals, by their names in camelCase. */
  readonly flags: Flags
  /** The words behind `--`, for a command that takes a program. */
  readonly program: readonly string[]
  readonly terminal: Terminal
}

export interface Command {
  readonly args: ArgsDef
  /** Whether it takes a program with its arguments behind `--`. */
  readonly takesProgram?: boolean
  run(flags: Flags, program?: readonly string[]): Promise<Outcome>
}

interface Shown {
  readonly shown?: readonly OptionFlag[]
  readonly args?: ArgsDef
  readonly takesProgram?: boolean
}

/**
 * A command with the flags that all have: every option that a text can give, `--json`, `--debug`.
 * @param shown the options that `--help` lists, besides those that reach the table; all are accepted.
 * @param args the command's own flags and positionals in citty's form, with names in kebab-case.
 */
export function command({ shown = [], args = {}, takesProgram = false }: Shown, work: (context: Context) => Promise<Outcome>): Command {
  const visible = new Set<string>(['tableName', ...shown, 'region', 'endpoint', 'configFile'])
  const options = Object.entries(OPTION_FLAGS).map(([name, flag]) => [
    flagOf(name),
    // Without a description `--help` leaves it out; thirty flags would bury the five that matter.
    visible.has(name) ? flag : { ...flag, description: '' },
  ])
  return {
    args: { ...args, ...(Object.fromEntries(options) as ArgsDef), ...COMMON },
    takesProgram,
    run: (flags, program = []) =>
      keepingStdout(async () => {
        const overrides = optionsOf(flags)
        let origins: Origins = {}
        try {
          const { configFile, ...rest } = overrides
          const loaded = await loadWithOrigins({ overrides: rest, ...(configFile === undefined ? {} : { configFile }) })
          const named = Object.keys(overrides).map((name) => [name, `--${flagOf(name)}`])
          origins = { ...loaded.origins, ...(Object.fromEntries(named) as Origins) }
          return await work({ options: loaded.options, origins, flags, program, terminal: createTerminal(flags.json === true) })
        } catch (error) {
          throw relabelled(error, origins)
        }
      }),
  }
}

/** The flags of every command. */
export const COMMON: ArgsDef = {
  json: { type: 'boolean', description: 'One JSON document in place of text' },
  debug: { type: 'boolean', description: 'Show where an error comes from' },
}

/** What is code to the package came from a flag, the environment or a file here. */
function relabelled(error: unknown, origins: Origins): unknown {
  if (!(error instanceof InvalidOptionError) || error.source !== 'code') return error
  const origin = (origins as Readonly<Record<string, string>>)[error.option] ?? `--${flagOf(error.option)}`
  const [, problem] = error.message.split('(from code) ')
  return problem === undefined ? error : new InvalidOptionError(error.option, problem, origin, { cause: error.cause })
}
