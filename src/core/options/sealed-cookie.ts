// Cookies that held whole sessions before: who made them, and what is wrong with an option that names one.
import { isPlainObject } from '../base/is-plain-object.ts'
import type { SealedCookie } from './types.ts'

/** The cookies' names by default. iron-session has none. */
export const SEALED_NAMES: Readonly<Record<SealedCookie['from'], string | undefined>> = {
  h3: 'h3',
  'h3-legacy': 'h3',
  'iron-session': undefined,
  'nuxt-auth-utils': 'nuxt-session',
  'react-router': '__session',
}

export function sealedProblem(value: unknown): string | undefined {
  if (!isPlainObject(value)) return 'must be { from, password, name, path, domain, until }'
  const { from, password, name, path, domain, until } = value
  if (!isMaker(from)) return `has a \`from\` that must be one of ${Object.keys(SEALED_NAMES).join(', ')}`
  const passwords = isPlainObject(password) ? Object.values(password) : [password]
  if (passwords.length === 0 || !passwords.every((text) => typeof text === 'string' && text !== ''))
    return 'needs the `password` of the cookie'
  if (name === undefined ? SEALED_NAMES[from] === undefined : typeof name !== 'string' || name === '')
    return 'needs the `name` of the cookie'
  if (![path, domain].every((text) => text === undefined || (typeof text === 'string' && text !== '')))
    return 'has a `path` or `domain` that must be a text'
  const isTime = until === undefined || !Number.isNaN(new Date(until as string).getTime())
  return isTime ? undefined : 'has an `until` that must be a Date, or text that is one'
}

function isMaker(from: unknown): from is SealedCookie['from'] {
  return typeof from === 'string' && Object.hasOwn(SEALED_NAMES, from)
}
