import { readdirSync } from 'node:fs'
import type { Check } from './check.ts'
import type { Origins } from '../config/load.ts'

/** https://nuxt.com/docs/api/nuxt-config and https://nitro.build/config, in every language that they load. */
const FILE = /^(?:nuxt|nitro)\.config\.(?:[cm]?[jt]s|json)$/

/**
 * The configuration of Nuxt or Nitro in a folder, which only those can read: what it says of sessions must be told here once more.
 * @param origins where the options of this look came from.
 */
export function checkFrameworks(folder: string, origins: Origins): Check[] {
  const files = readdirSync(folder).filter((name) => FILE.test(name))
  if (files.length === 0) return []
  const name = 'framework'
  const { configFile: _file, ...options } = origins
  const told = [...new Set(Object.values(options))]
  const detail = `${files.join(' and ')} ${files.length > 1 ? 'are' : 'is'} not read, nor NUXT_ and NITRO_ variables`
  if (told.length > 0) return [{ name, status: 'ok', detail: `${detail}; options come from ${told.join(', ')}` }]
  const remedy =
    'give what `dynamodbSessions` has there, as in `dynamodb-sessions doctor --table-name sessions --user-id-key userId`, ' +
    'or by AWS_DYNAMO_DB_SESSION_TABLE_NAME and its like, or in a dynamodb-sessions.config file'
  return [{ name, status: 'warning', detail: `${detail}, so that this looks at the defaults`, remedy }]
}
