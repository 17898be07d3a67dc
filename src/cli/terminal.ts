import { createInterface } from 'node:readline/promises'
import { styleText } from 'node:util'
import { NotConfirmedError } from './errors.ts'

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** Where a command's words go: results to the standard output, all else to the standard error. */
export interface Terminal {
  /** With `--json` nothing but one document goes to the standard output. */
  readonly json: boolean
  /** How wide the standard output is; `Infinity` where it is no terminal. */
  readonly columns: number
  /** Whether the standard output is a terminal that shows more than ASCII. */
  readonly hasSymbols: boolean
  /** A line of the result while it is being made; nothing with `--json`. */
  line(text: string): void
  /** A line beside the result; nothing with `--json`. */
  note(text: string): void
  /** Colours for the standard output. */
  paint(style: Style, text: string): string
  /**
   * Goes on with `yes`, or once the name is typed.
   * @throws NotConfirmedError otherwise, naming `--yes`.
   */
  confirm(question: { readonly what: string; readonly name: string; readonly yes: boolean }): Promise<void>
}

const writeResult = process.stdout.write.bind(process.stdout)
let hasLines = false

/** Whether the result is written while it is being made, so that there is nothing to do any more once nobody reads it. */
export function isListing(): boolean {
  return hasLines
}

/**
 * While `work` runs, what others write to the standard output goes to the standard error: configuration files and the functions
 * in them are code, which may print.
 */
export async function keepingStdout<Result>(work: () => Promise<Result>): Promise<Result> {
  const { stdout, stderr } = process
  const { write } = stdout
  stdout.write = stderr.write.bind(stderr)
  try {
    return await work()
  } finally {
    stdout.write = write
  }
}

export function createTerminal(json: boolean): Terminal {
  return {
    json,
    columns: columnsOf(process.stdout),
    hasSymbols: process.stdout.isTTY && process.env.TERM !== 'dumb' && isUnicode(process.env),
    line: (text) => {
      if (json) return
      hasLines = true
      writeResult(`${text}\n`)
    },
    note: (text) => {
      if (!json) process.stderr.write(`${text}\n`)
    },
    paint: (style, text) => paint(process.stdout, style, text),
    async confirm({ what, name, yes }) {
      if (yes) return
      if (json || !process.stdin.isTTY || !process.stderr.isTTY) {
        throw new NotConfirmedError(`This would delete ${what}: confirm it with --yes`)
      }
      if ((await ask(`This deletes ${what}. Type ${name} to go on: `)) !== name) {
        throw new NotConfirmedError('Nothing was deleted: what was typed is not the name of the table')
      }
    },
  }
}

/** How wide a stream is, `Infinity` where it is no terminal. */
export function columnsOf(stream: NodeJS.WriteStream): number {
  return (stream.isTTY && stream.columns) || Infinity
}

/** By the first that is set, as POSIX has it; where none is, as on Windows and macOS, a terminal of today. */
function isUnicode({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): boolean {
  const locale = LC_ALL || LC_CTYPE || LANG
  return !locale || /utf-?8/i.test(locale)
}

/** https://no-color.org */
export function paint(stream: NodeJS.WriteStream, style: Style, text: string): string {
  const isColoured = stream.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
  // By default it looks at the standard output, whatever the stream.
  return isColoured ? styleText(style, text, { validateStream: false }) : text
}

/** A count with its thousands apart. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US', { maximumFractionDigits: 1 })
}

/** Seconds are enough to look at; 19 characters, in UTC. */
export function formatTime(time: Date | undefined, otherwise = 'never'): string {
  return time ? time.toISOString().slice(0, 19).replace('T', ' ') : otherwise
}

/** Text of others as it is, unless it could do something to the terminal. */
export function plain(text: string): string {
  return /\p{Cc}/u.test(text) ? JSON.stringify(text).replace(/\p{Cc}/gu, '?') : text
}

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await new Promise<string>((resolve, reject) => {
      // Ctrl-D, and Ctrl-C, which a terminal in raw mode does not turn into a signal.
      lines.once('close', () => reject(new NotConfirmedError('Nothing was deleted: nothing was typed')))
      lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'))
      lines.question(question).then(resolve, reject)
    })
  } finally {
    lines.close()
  }
}
