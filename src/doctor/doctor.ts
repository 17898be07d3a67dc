import { fault, skip } from './check.ts'
import type { Check } from './check.ts'
import { checkConfiguration } from './configuration.ts'
import { CONNECTION_CHECKS, checkConnection } from './connection.ts'
import { checkPermissions } from './permissions.ts'
import { checkTable } from './table.ts'
import { compareTransports } from './transports.ts'
import { InvalidOptionError } from '../core/base/errors.ts'
import { connect } from '../core/dynamodb/connection.ts'
import { createTableApi } from '../core/dynamodb/table-api.ts'
import { resolveOptions } from '../core/options/options.ts'
import type { ResolvedOptions, SessionOptions } from '../core/options/options.ts'
import { createItems } from '../core/items/items.ts'

export interface DoctorOptions extends SessionOptions {
  /** Whether the application also uses the driver through unstorage, which takes more permissions. Default `false`. */
  unstorage?: boolean
  /** Whether one read and one conditional write go by both transports, which must agree. Default `false`. */
  transports?: boolean
}

/**
 * Looks for whatever keeps sessions from working, from the options to single permissions, and goes on after a fault. Nothing is
 * created or changed; it costs about ten read and write units.
 *
 * @returns every check in its order; those that depend on a fault are skipped.
 * @throws InvalidOptionError for `unstorage` and `transports` of another type; everything else is a fault in the list.
 */
export async function diagnose(options: DoctorOptions = {}): Promise<Check[]> {
  const { unstorage = false, transports = false, ...flat } = options
  for (const [name, value] of Object.entries({ unstorage, transports }))
    if (typeof value !== 'boolean') throw new InvalidOptionError(name, 'must be true or false')
  let resolved: ResolvedOptions
  try {
    if (flat.driver !== undefined) throw new InvalidOptionError('driver', 'cannot tell its table here: give the options of the table')
    resolved = resolveOptions(flat)
  } catch (error) {
    const remedy = 'mend the option; `dynamodb-sessions config` shows where each comes from'
    return [
      fault('configuration', error, remedy),
      ...skip([...CONNECTION_CHECKS, ...TABLE, ...PERMISSIONS], 'the configuration is not valid'),
    ]
  }
  const configuration = checkConfiguration(flat, resolved, unstorage)
  // Its client, and the writers' names of attributes, are those of the application.
  const connection = connect(resolved.tableName, resolved)
  const items = createItems(resolved, connection)
  const api = createTableApi(connection)
  try {
    const { checks, isReached, table } = await checkConnection(connection, api)
    const before = [...configuration, ...checks]
    if (!isReached) return [...before, ...skip([...TABLE, ...PERMISSIONS], 'DynamoDB does not answer these requests')]
    const found = await checkTable(api, resolved, table)
    if (!found.isUsable) return [...before, ...found.checks, ...skip(PERMISSIONS, 'there is no table that fits')]
    const permissions = await checkPermissions(items, api, unstorage, found.hasIndex)
    return [...before, ...found.checks, ...permissions, ...(transports ? [await compareTransports(resolved)] : [])]
  } finally {
    connection.dispose()
  }
}

/** Names of checks that are skipped as a whole. */
const TABLE = ['table', 'keys', 'time to live', 'index of users', 'billing']
const PERMISSIONS = ['permissions']
