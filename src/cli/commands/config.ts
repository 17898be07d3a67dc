import { complete, isSecret } from '../../core/options/options.ts'
import type { SessionOptions } from '../../core/options/options.ts'
import { command } from '../command.ts'
import type { Command } from '../command.ts'
import { OPTION_FLAGS } from '../flags.ts'
import type { OptionFlag } from '../flags.ts'
import { formatRows } from '../layout.ts'

/** The cookie's attributes that hold nothing secret. */
const COOKIE = new Set(['name', 'domain', 'path', 'maxAge', 'expires', 'httpOnly', 'secure', 'sameSite', 'partitioned', 'priority'])

/** `config`: every option that is set or has a default, with its source. */
export const config: Command = command({ shown: Object.keys(OPTION_FLAGS) as OptionFlag[] }, async ({ options, origins, terminal }) => {
  const resolved = complete(options)
  const shown = (Object.keys(resolved) as (keyof SessionOptions)[])
    .toSorted()
    .map((name) => ({ name, value: shownValue(name, resolved[name]), source: origins[name] ?? 'default' }))
  const json = Object.fromEntries(shown.map(({ name, value, source }) => [name, { value, source }]))
  const rows = shown.map(({ name, value, source }) => [name, typeof value === 'string' ? value : JSON.stringify(value), source])
  const titles = ['option', 'value', 'source'].map((title) => terminal.paint('bold', title))
  return { json, text: formatRows([titles, ...rows], terminal.columns) }
})

function shownValue(name: keyof SessionOptions, value: unknown): unknown {
  if (isSecret(name)) return Array.isArray(value) ? `(${value.length} secrets)` : '(secret)'
  if (typeof value === 'function') return '(function)'
  if (typeof value !== 'object' || value === null) return value
  if (name !== 'cookie') return value === JSON ? 'JSON' : '(object)'
  return Object.fromEntries(Object.entries(value).filter(([key, part]) => COOKIE.has(key) && typeof part !== 'function'))
}
