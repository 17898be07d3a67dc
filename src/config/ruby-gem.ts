// The configuration file of the Ruby gem, which is read as it stands: its snake_case, its YAML 1.1, and its ERB, which is refused.
import { InvalidOptionError, shownName } from '../core/base/errors.ts'
import { camelCase, isOption, isSwitch } from '../core/options/options.ts'

export const ERB_PROBLEM = 'holds ERB (`<%`), which only Ruby evaluates; write the value itself, or set the environment variable'

/** The gem's names as ours. An empty value, as in `max_age:`, counts as not set. */
export function renamed(raw: Readonly<Record<string, unknown>>, path: string): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  const names = new Map<string, string>()
  for (const [given, value] of Object.entries(raw)) {
    if (value === undefined || value === null || given.startsWith('$')) continue
    const name = camelCase(given)
    const other = names.get(name)
    if (other !== undefined) {
      const problem = `is there twice, as \`${shownName(other)}\` and \`${shownName(given)}\`; leave one out`
      throw new InvalidOptionError(name, problem, path)
    }
    names.set(name, given)
    // The gem names what is the default here.
    if (name !== 'serializer' || value !== 'json') values[name] = /\.ya?ml$/i.test(path) ? asRubyReads(name, value) : value
  }
  return values
}

/** Ruby reads YAML 1.1, where these words are booleans, and parsers of JavaScript 1.2, where they are texts. https://yaml.org/type/bool.html */
function asRubyReads(name: string, value: unknown): unknown {
  const takesBoolean = name === 'compression' || (isOption(name) && isSwitch(name))
  if (!takesBoolean || typeof value !== 'string') return value
  return /^(?:yes|on|true)$/i.test(value) ? true : /^(?:no|off|false)$/i.test(value) ? false : value
}

/** Throws for the gem's ERB, which only Ruby evaluates: here it would be taken for the value. */
export function refuseErb(raw: Readonly<Record<string, unknown>>, path: string): void {
  for (const [name, value] of Object.entries(raw)) {
    if (holdsErb(name)) throw new InvalidOptionError('configFile', ERB_PROBLEM, path)
    if (holdsErb(value)) throw new InvalidOptionError(camelCase(name), ERB_PROBLEM, path)
  }
}

/** Each object once, and without recursion: YAML's aliases make circles and exponential trees, JSON any depth. */
function holdsErb(root: unknown): boolean {
  const seen = new Set<unknown>([root])
  for (const value of seen) {
    if (typeof value === 'string' && value.includes('<%')) return true
    if (typeof value === 'object' && value !== null) for (const part of Object.entries(value).flat()) seen.add(part)
  }
  return false
}
