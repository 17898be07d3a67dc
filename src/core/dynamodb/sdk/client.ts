import type { DynamoDBClient, DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import type { ClientOptions } from '../../options/types.ts'
import { environmentEndpoint, isLoopback } from '../endpoint.ts'
import { MAX_SOCKETS } from '../slots.ts'
import { localDefaults } from './local.ts'
import type { Sdk } from './load.ts'

export type { DynamoDBClient }

/** A client that is set up for little CPU. */
export function createClient(
  sdk: Sdk,
  options: ClientOptions,
  requestHandler: object | undefined = handlerOptions(options),
): DynamoDBClient {
  const { endpoint, maxAttempts } = options
  const defaults = isLoopback(endpoint ?? environmentEndpoint()?.url) ? localDefaults(sdk) : undefined
  const { region = defaults?.region, credentials = defaults?.credentials } = options
  const client = new sdk.DynamoDBClient({
    // Nothing is added to this client once it sends, and composing its middleware anew is a seventh of what a call costs.
    cacheMiddleware: true,
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
    ...(requestHandler ? { requestHandler: requestHandler as NonNullable<DynamoDBClientConfig['requestHandler']> } : {}),
  })
  // It copies every input and answer for a logger, though there is none: a tenth of what a large batch costs.
  client.middlewareStack.remove('loggerMiddleware')
  speedUp(client.config)
  keepSigner(client.config)
  return client
}

/** What holds the connections of a client, as far as clients that share one need it. */
export interface Handler {
  readonly metadata: unknown
  handle(...request: never[]): unknown
  destroy(): void
  updateHttpClientConfig(...setting: never[]): void
  httpHandlerConfigs(): object
}

/** Connections that several clients can have. The SDK gives its handler by a client only. */
export function createHandler(sdk: Sdk, { requestTimeout, maxSockets }: ClientOptions): Handler {
  const { config } = createClient(sdk, { region: 'any', requestTimeout, maxSockets })
  const handler = config.requestHandler as unknown as Handler
  return {
    metadata: handler.metadata,
    handle: (...request) => handler.handle(...request),
    destroy: () => handler.destroy(),
    updateHttpClientConfig: (...setting) => handler.updateHttpClientConfig(...setting),
    httpHandlerConfigs: () => handler.httpHandlerConfigs(),
  }
}

function handlerOptions({ requestTimeout, maxSockets = MAX_SOCKETS }: ClientOptions): object {
  return {
    httpAgent: { maxSockets },
    httpsAgent: { maxSockets },
    // Without `throwOnRequestTimeout` the SDK only warns.
    ...(requestTimeout === undefined
      ? {}
      : { requestTimeout, connectionTimeout: requestTimeout, socketTimeout: requestTimeout, throwOnRequestTimeout: true }),
  }
}

/**
 * The SDK copies its configuration five times for each request, and V8 takes ten times as long to copy a large object that was put
 * together piece by piece: it holds it as a dictionary. Once another object inherits from it and is read, it has fast properties.
 * Nothing else changes. https://v8.dev/blog/fast-properties
 */
export function speedUp(config: object): void {
  const heir = Object.create(config) as { readonly serviceId?: string }
  // The first reads only make room for what the later ones find.
  for (let read = 0; read < 100; read++) void heir.serviceId
}

/**
 * The SDK makes a signer for each request, out of a copy of its configuration, though a signer only depends on the credentials' provider
 * and on what it signs for: the last one is kept.
 */
function keepSigner(config: DynamoDBClient['config']): void {
  const make = config.signer
  let kept: { readonly by: unknown; readonly name: unknown; readonly region: unknown; readonly signer: ReturnType<typeof make> } | undefined
  config.signer = (scheme) => {
    const { credentials: by } = config
    const { signingName: name, signingRegion: region } = scheme ?? {}
    if (kept && kept.by === by && kept.name === name && kept.region === region) return kept.signer
    const signer = make(scheme)
    kept = { by, name, region, signer }
    // Without a region there is none, and the next request asks for one again.
    signer.catch(() => (kept = undefined))
    return signer
  }
}
