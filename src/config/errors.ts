import { existsSync } from 'node:fs'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isNativeError } from 'node:util/types'
import { InvalidOptionError } from '../core/base/errors.ts'
import { ERB_PROBLEM } from './ruby-gem.ts'

/**
 * The error for a data file that its parser refused. Parsers quote the text around a mistake, some keep the whole file
 * in a property, and that text may be a secret: only the kind of mistake and its place are taken over.
 * @param text the file's content; `undefined` when it cannot be read at all.
 */
export function unparsedError(path: string, error: unknown, text: string | undefined): InvalidOptionError {
  if (text === undefined) return new InvalidOptionError('configFile', `cannot be read: ${oneLine(error)}`, path, { cause: error })
  if (text.includes('<%')) return new InvalidOptionError('configFile', ERB_PROBLEM, path)
  const { message, mark, line, column } = error as Error & ParserPlace
  const [kind = ''] = oneLine({ message: message.replaceAll(path, '').replace(/^(Invalid TOML document)?:? */, '') }).split(/["'`<!*:(]/)
  const place = mark ? ` at line ${mark.line + 1}, column ${mark.column + 1}` : line ? ` at line ${line}, column ${column}` : ''
  const cause = new SyntaxError(kind.trim() + place)
  return new InvalidOptionError('configFile', `is not valid ${FORMATS[extname(path)] ?? 'JSON'}: ${cause.message}`, path, { cause })
}

/**
 * The error for a configuration file of code that threw. Its message may quote a secret, as may whatever else it has:
 * only the kind of error and its place are taken over.
 */
export function thrownError(path: string, error: unknown): InvalidOptionError {
  const problem = isNativeError(error) ? kindAndPlace(path, error) : `a ${typeof error} was thrown`
  return new InvalidOptionError('configFile', `cannot be read: ${problem}`, path, { cause: new Error(problem) })
}

function oneLine(error: unknown): string {
  return String((error as { message?: unknown } | undefined)?.message ?? error).replace(/\s*\n\s*/g, ' ')
}

function kindAndPlace(path: string, error: Error & { readonly code?: unknown }): string {
  const { message, name, code } = error
  const parsed = PARSE_ERROR.exec(message)
  // Babel's message quotes the file.
  if (parsed) return `ParseError: ${parsed[1]?.split(/["'`]/)[0]?.trim()}, at line ${parsed[2]}, column ${Number(parsed[3])}`
  const kind = /^\w{0,60}(?:Error|Exception)$/.test(name) ? name : 'an error'
  const shownCode = typeof code === 'string' && /^[A-Z][A-Z\d_]{1,40}$/.test(code) ? ` ${code}` : ''
  const place = placeOf(String(error.stack))
  const where = place ? ` at line ${place.line}${place.file === path ? '' : ` of ${place.file}`}` : ''
  return kind + shownCode + where
}

/** The first place of the stack in a file of the application. Its column is one of the code that was made of the file. */
function placeOf(stack: string): { file: string; line: string } | undefined {
  for (const text of stack.split('\n')) {
    const [, at = '', line = ''] = FRAME.exec(text) ?? []
    const file = at.startsWith('file:') && URL.canParse(at) ? fileURLToPath(at) : at
    // A message may have lines too, but does not name files that are there.
    if (file !== '' && !/[\\/]node_modules[\\/]/.test(file) && existsSync(file)) return { file, line }
  }
  return undefined
}

/** jiti's form of Babel's errors. */
const PARSE_ERROR = /^ParseError: (.*)\s+.+:(\d+):(\d+)$/
const FRAME = /^\s+at (?:.*\()?((?:file:\/\/)?(?:\/|[A-Za-z]:[\\/]).*):(\d+):\d+\)?$/

/** js-yaml's place, from 0, and smol-toml's, from 1; JSON's is in the message. */
interface ParserPlace {
  readonly mark?: { readonly line: number; readonly column: number }
  readonly line?: number
  readonly column?: number
}

const FORMATS: Readonly<Record<string, string>> = { '.yaml': 'YAML', '.yml': 'YAML', '.toml': 'TOML' }
