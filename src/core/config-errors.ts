import { extname } from 'node:path'
import { InvalidOptionError } from './errors.ts'
import { camelCase } from './options.ts'

/**
 * What a data file that its parser refused is reported as. Parsers quote the text around a mistake, some keep the whole file
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

/** Throws for the gem's ERB, which only Ruby evaluates: here it would be taken for the value. */
export function refuseErb(raw: Readonly<Record<string, unknown>>, path: string): void {
  for (const [name, value] of Object.entries(raw)) {
    if (holdsErb(name)) throw new InvalidOptionError('configFile', ERB_PROBLEM, path)
    if (holdsErb(value)) throw new InvalidOptionError(camelCase(name), ERB_PROBLEM, path)
  }
}

export function oneLine(error: unknown): string {
  return String((error as { message?: unknown } | undefined)?.message ?? error).replace(/\s*\n\s*/g, ' ')
}

/** js-yaml's place, from 0, and smol-toml's, from 1; JSON's is in the message. */
interface ParserPlace {
  readonly mark?: { readonly line: number; readonly column: number }
  readonly line?: number
  readonly column?: number
}

const FORMATS: Readonly<Record<string, string>> = { '.yaml': 'YAML', '.yml': 'YAML', '.toml': 'TOML' }
const ERB_PROBLEM = 'holds ERB (`<%`), which only Ruby evaluates; write the value itself, or set the environment variable'

/** Each object once, and without recursion: YAML's aliases make circles and exponential trees, JSON any depth. */
function holdsErb(root: unknown): boolean {
  const seen = new Set<unknown>([root])
  for (const value of seen) {
    if (typeof value === 'string' && value.includes('<%')) return true
    if (typeof value === 'object' && value !== null) for (const part of Object.entries(value).flat()) seen.add(part)
  }
  return false
}
