// Permissions are checked by sending requests. No probe can create or change anything: a write carries a condition that no item
// meets, whatever the table holds, and AWS checks the permission before the condition; the rest reads.
import type { Check } from './check.ts'
import { createNobody } from './nobody.ts'
import type { Item } from '../core/dynamodb/dynamo.ts'
import { AccessDeniedError, DynamoSessionError, TableMismatchError, TableNotFoundError } from '../core/base/errors.ts'
import { kindOf } from '../core/dynamodb/transport-error.ts'
import type { TableApi } from '../core/dynamodb/table-api.ts'
import { deleteText } from '../core/dynamodb/partiql.ts'
import type { ResolvedOptions } from '../core/options/options.ts'
import type { Role } from '../template/policies.ts'
import type { Items } from '../core/items/items.ts'
import { mendIndex } from '../table/remedies.ts'
import { throughputOf } from '../table/definition.ts'
import { USER_INDEX } from '../core/items/schema.ts'

interface Feature {
  readonly name: string
  /** The policy of `template --format iam` that has what is missing. */
  readonly role: Role
  readonly hint?: string
  readonly probes: Readonly<Record<string, () => Promise<unknown>>>
}

/** One check for each thing that the role may need to do. */
export async function checkPermissions(items: Items, api: TableApi, unstorage: boolean, hasIndex: boolean): Promise<Check[]> {
  const checks: Check[] = []
  for (const feature of features(items, api, unstorage, hasIndex)) checks.push(await probe(feature, items.options))
  return checks
}

function features(items: Items, api: TableApi, unstorage: boolean, hasIndex: boolean): Feature[] {
  const { dynamo, names, options } = items
  const { key, Key, never, update } = createNobody(items)
  const batchGet = (): Promise<unknown> => dynamo.batchGet({ Keys: [Key] })
  const scan = (): Promise<unknown> => dynamo.scan({ Limit: 1, ProjectionExpression: '#key', ExpressionAttributeNames: names('#key') })
  const query = (attribute: string, IndexName?: string): Promise<unknown> =>
    dynamo.query({
      ...(IndexName === undefined ? {} : { IndexName }),
      KeyConditionExpression: '#name = :key',
      ExpressionAttributeNames: { '#name': attribute },
      ExpressionAttributeValues: { ':key': { S: key } },
      Limit: 1,
    })
  return [
    { name: 'read sessions', role: 'app', probes: { 'dynamodb:GetItem': () => dynamo.get({ Key }) } },
    {
      name: 'write sessions',
      role: 'app',
      probes: {
        'dynamodb:PutItem': () => dynamo.put({ Item: Key, ...never }),
        'dynamodb:UpdateItem': () => dynamo.update(update),
      },
    },
    { name: 'destroy sessions', role: 'app', probes: { 'dynamodb:DeleteItem': () => dynamo.delete({ Key, ...never }) } },
    ...(options.userIdKey !== undefined && hasIndex
      ? [
          {
            name: 'find the sessions of a user',
            role: 'app' as const,
            probes: { 'dynamodb:Query': () => query('user_id', USER_INDEX), 'dynamodb:BatchGetItem': batchGet },
          },
        ]
      : []),
    ...(unstorage
      ? [
          {
            name: 'use unstorage',
            role: 'app' as const,
            hint: ' --unstorage',
            probes: {
              'dynamodb:BatchGetItem': batchGet,
              // It takes no conditions; what is deleted is not there.
              'dynamodb:BatchWriteItem': () => dynamo.batchWrite([{ DeleteRequest: { Key } }]),
              'dynamodb:Query': () => query(options.tableKey),
              'dynamodb:Scan': scan,
            },
          },
        ]
      : []),
    {
      name: 'collect garbage',
      role: 'gc',
      probes: {
        'dynamodb:DescribeTimeToLive': () => api.describeTimeToLive(),
        'dynamodb:Scan': scan,
        'dynamodb:PartiQLDelete': async () => {
          const { errors } = await dynamo.executeBatch([toStatement(dynamo.table, Key)])
          if (errors[0] === 'AccessDenied') throw new AccessDeniedError('dynamodb:PartiQLDelete', dynamo.table)
        },
      },
    },
  ]
}

async function probe({ name, role, hint = '', probes }: Feature, options: ResolvedOptions): Promise<Check> {
  const denied: string[] = []
  const lacking: string[] = []
  for (const [action, send] of Object.entries(probes)) {
    try {
      await send()
    } catch (error) {
      if (error instanceof AccessDeniedError) denied.push(action)
      else if (kindOf(error) === 'unsupported') lacking.push(action)
      else if (error instanceof DynamoSessionError) {
        if (error instanceof TableNotFoundError || error instanceof TableMismatchError)
          return { name: `may ${name}`, status: 'fault', ...unfit(error, options) }
        return { name: `may ${name}`, status: 'warning', detail: `cannot be told: ${error.message}` }
      } else throw error
    }
  }
  const allowed = Object.keys(probes).filter((action) => !denied.includes(action) && !lacking.includes(action))
  const said = [
    ...(allowed.length > 0 ? [`${allowed.join(', ')} allowed`] : []),
    ...(denied.length > 0 ? [`${denied.join(', ')} denied`] : []),
    ...(lacking.length > 0 ? [`the engine does not know ${lacking.join(', ')}`] : []),
  ]
  const check = { name: `may ${name}`, detail: said.join('; ') }
  if (denied.length === 0) return { ...check, status: 'ok' }
  const remedy = `allow it: \`dynamodb-sessions template --format iam --policy ${role}${hint}\` prints a policy`
  // A role of the application alone does not collect garbage, and without PartiQL single deletes do.
  return { ...check, status: role === 'gc' ? 'warning' : 'fault', remedy }
}

/** Seen here only where the table may not be described: what to do is up to somebody who may. */
function unfit(error: TableNotFoundError | TableMismatchError, options: ResolvedOptions): Pick<Check, 'detail' | 'remedy'> {
  const detail = error.message
  const administrator = 'with the role of an administrator'
  if (error instanceof TableNotFoundError) {
    return { detail, remedy: `${administrator} \`dynamodb-sessions table create\`, or set \`tableName\`, \`region\` or \`endpoint\`` }
  }
  if (error.what === 'userIndex') {
    const units = throughputOf(options)
    const remedy = `${administrator} ${mendIndex(options, units, false)}`
    const unless = units
      ? ''
      : '; where the table has capacities, `dynamodb-sessions doctor` with that role prints it with those of the index'
    return { detail: `the table has no index ${USER_INDEX}`, remedy: remedy + unless }
  }
  const look = `${administrator} \`dynamodb-sessions table status\` shows the table’s keys`
  return { detail, remedy: `${look}: set \`tableKey\` to them, and \`sortKey\` with \`sortKeyValue\`, or \`tableName\` to another table` }
}

/** PartiQL's form of the condition that is never true. */
function toStatement(table: string, key: Item): { Statement: string; Parameters: NonNullable<Item[string]>[] } {
  return {
    Statement: deleteText(table, Object.keys(key), ['"expire_at" = ?', '"expire_at" IS MISSING']),
    Parameters: [...Object.values(key), { N: '0' }],
  }
}
