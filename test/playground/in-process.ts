// The playground's application in this process, on an engine of the tests.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { H3 } from 'h3'
import { createPlayground } from '../../playground/app.ts'
import type { Live } from '../../playground/live.ts'
import { noteRequests } from '../../playground/requests.ts'

interface OpenOptions {
  readonly endpoint: string
  readonly tableName: string
  readonly secret: string
  readonly live: Live
  /** Names that it is visited by; any without them. */
  readonly hosts?: string[]
}

export function openPlayground({ endpoint, ...options }: OpenOptions): H3 {
  return createPlayground({
    client: notedClient(endpoint),
    rival: notedClient(endpoint),
    onlooker: new DynamoDBClient({ endpoint }),
    tableKey: 'session_id',
    engine: 'any',
    ...options,
  })
}

/** A client whose requests the playground counts. */
export function notedClient(endpoint: string): DynamoDBClient {
  return noteRequests(new DynamoDBClient({ endpoint }))
}
