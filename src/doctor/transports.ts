import { isDeepStrictEqual } from 'node:util'
import type { Check } from './check.ts'
import { createNobody } from './nobody.ts'
import type { Nobody } from './nobody.ts'
import { DynamoSessionError } from '../core/base/errors.ts'
import { createItems } from '../core/items/items.ts'
import type { ResolvedOptions } from '../core/options/options.ts'

/** One read and one write, whose condition no item meets, by either transport: both must come to the same. */
export async function compareTransports({ client: _client, ...options }: ResolvedOptions): Promise<Check> {
  const name = 'transports'
  const nobody = createNobody(createItems(options))
  const [http, sdk] = await Promise.all((['http', 'sdk'] as const).map((transport) => ask({ ...options, transport }, nobody)))
  if (!http || !sdk || sdk.results.includes('MISSING_PACKAGE'))
    return { name, status: 'skipped', detail: '@aws-sdk/client-dynamodb is not installed, so that there is nothing to compare with' }
  const detail = `http took ${http.milliseconds} ms, sdk ${sdk.milliseconds} ms`
  if (isDeepStrictEqual(http.results, sdk.results)) return { name, status: 'ok', detail: `both read and write alike; ${detail}` }
  const remedy = "set `transport: 'sdk'` (AWS_DYNAMO_DB_SESSION_TRANSPORT=sdk), and report it"
  return { name, status: 'fault', detail: `they differ: http ${JSON.stringify(http.results)}, sdk ${JSON.stringify(sdk.results)}`, remedy }
}

/** What a read and a write come to; of an error its code. */
async function ask(options: ResolvedOptions, { Key, update }: Nobody): Promise<{ results: unknown[]; milliseconds: number }> {
  const { dynamo } = createItems(options)
  const began = performance.now()
  try {
    const results = [await dynamo.get({ Key, ConsistentRead: true }).catch(codeOf), await dynamo.update(update).catch(codeOf)]
    return { results, milliseconds: Math.round(performance.now() - began) }
  } finally {
    dynamo.dispose()
  }
}

function codeOf(error: unknown): string {
  if (error instanceof DynamoSessionError) return error.code
  throw error
}
