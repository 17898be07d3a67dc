import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Credentials } from '../../options/types.ts'
import { whyNoCredentials } from '../no-credentials.ts'
import { LOCAL_CREDENTIALS, LOCAL_REGION, mayHaveCredentials } from '../endpoint.ts'
import type { Sdk } from './load.ts'

/**
 * Region and credentials for an engine on this machine: what the SDK's chain finds, since engines keep tables apart by both, else what
 * any engine takes. An expired login is no reason to refuse work that needs none.
 */
export function localDefaults({ DynamoDBClient: Client }: Sdk): {
  readonly region: () => Promise<string>
  readonly credentials: () => Promise<Credentials>
} {
  let chain: DynamoDBClient | undefined
  const config = (): DynamoDBClient['config'] => (chain ??= new Client({})).config
  /** Once it is found: the SDK asks for it several times a request. */
  let found: Promise<string> | undefined
  return {
    region: () =>
      (found ??= config()
        .region()
        .then((region) => region || LOCAL_REGION)
        .catch(() => {
          found = undefined
          return LOCAL_REGION
        })),
    credentials: async () =>
      mayHaveCredentials()
        ? await config()
            .credentials()
            .catch((error: Error) => ({ ...LOCAL, problem: whyNoCredentials(error.message) }))
        : LOCAL,
  }
}

/** Named as the SDK names where it found others. */
const LOCAL: Credentials = { ...LOCAL_CREDENTIALS, $source: { CREDENTIALS_DEFAULT_OF_LOCAL_ENGINES: 'e' } } as Credentials
