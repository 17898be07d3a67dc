import type { ClientOptions, Credentials } from '../../options/types.ts'
import { addressOf } from '../endpoint.ts'
import type { FoundCredentials } from '../transport.ts'
import { createClient } from './client.ts'
import type { DynamoDBClient } from './client.ts'
import { toTransportError } from './errors.ts'
import { loadSdk } from './load.ts'

/** What AWS's SDK knows of where requests go and who signs them. */
export interface Lookup {
  /** Whether only the SDK's own way does what is configured. */
  readonly isSdkOnly: boolean
  readonly appId: string | undefined
  region(): Promise<string>
  credentials(): Promise<Credentials>
  /** Where the SDK would send a request of these credentials, and for which region it would sign it; `undefined`: in a way of its own. */
  address(by: Credentials): Promise<{ readonly url: URL; readonly signedFor: string } | undefined>
  close(): void
}

/** Asks the SDK with its own chain: files, profiles, single sign-on, instances. @throws TransportError */
export async function askSdk(options: ClientOptions, reason: string): Promise<Lookup> {
  const sdk = await loadSdk(reason)
  const client = createClient(sdk, options)
  const config = client.config as DynamoDBClient['config'] & { readonly userAgentAppId?: () => Promise<string | undefined> }
  return {
    isSdkOnly: (await typed(modeOf(config.retryMode))) === 'adaptive',
    appId: await config.userAgentAppId?.().catch(() => undefined),
    region: () => typed(Promise.resolve(config.region())),
    credentials: () => typed(config.credentials()) as Promise<Credentials>,
    close: () => client.destroy(),

    async address(by) {
      let seen: Recorded | undefined
      const requestHandler = {
        async handle(request: Recorded): Promise<never> {
          seen = request
          throw new Error('recorded')
        },
      }
      const asked = createClient(sdk, { ...options, credentials: { ...by }, maxAttempts: 1 }, requestHandler)
      try {
        await asked.send(new sdk.ListTablesCommand({}))
      } catch (error) {
        if (!seen) throw toTransportError(error)
      } finally {
        asked.destroy()
      }
      const { path, query, headers } = seen as unknown as Recorded
      const scope = /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/([^/]+)\/dynamodb\/aws4_request,/.exec(headers.authorization ?? '')
      if (!scope || Object.keys(query ?? {}).length > 0) return undefined
      return { url: new URL(addressOf(seen as unknown as Recorded) + path), signedFor: scope[1] as string }
    },
  }
}

/** Credentials of the SDK, without what is secret. */
export function toFound(credentials: Credentials): FoundCredentials {
  const { $source = {}, expiration, problem } = credentials as Credentials & Told
  return { sources: Object.keys($source).map(inWords), expiration, problem }
}

/** What the SDK and `localDefaults` add. */
interface Told {
  readonly $source?: object
  readonly problem?: string
}

/** `CREDENTIALS_ENV_VARS`, and the like. */
function inWords(source: string): string {
  return source
    .replace(/^CREDENTIALS_/, '')
    .replaceAll('_', ' ')
    .toLowerCase()
}

async function typed<Result>(result: Promise<Result>): Promise<Result> {
  try {
    return await result
  } catch (error) {
    throw toTransportError(error)
  }
}

async function modeOf(mode: string | (() => Promise<string>)): Promise<string> {
  return typeof mode === 'string' ? mode : mode()
}

interface Recorded {
  readonly protocol: string
  readonly hostname: string
  readonly port?: number
  readonly path: string
  readonly query?: object
  readonly headers: Readonly<Record<string, string | undefined>>
}
