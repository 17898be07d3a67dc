// Where requests go, as far as that is known without AWS's SDK. An allow-list: whatever is not on it, the SDK is asked.
import { existsSync } from 'node:fs'
import { isEndpoint } from '../../options/options.ts'
import type { Environment } from '../../options/options.ts'
import type { ClientOptions, Credentials } from '../../options/types.ts'
import { LOCAL_CREDENTIALS, LOCAL_REGION, awsFiles, environmentEndpoint, isLoopback, mayHaveCredentials } from '../endpoint.ts'
import { TransportError } from '../transport-error.ts'
import type { Target } from './exchange.ts'

/** Where requests go, and what they are signed for. */
export interface Place extends Target {
  /** As the header `host` says it. */
  readonly host: string
  /** The region of the signature. */
  readonly signedFor: string
}

export interface FastPath {
  readonly place: Place
  readonly region: string
  /** In code, the environment or the default of an engine on this host. */
  readonly credentials: Credentials | (() => Promise<Credentials>)
  readonly source: string
  /** Whether the address is AWS's, and no engine's or proxy's. */
  readonly isAws: boolean
}

/** Variables that change the address, the credentials or the way of trying again. */
const ASKS_SDK = [
  'AWS_PROFILE',
  'AWS_USE_FIPS_ENDPOINT',
  'AWS_USE_DUALSTACK_ENDPOINT',
  'AWS_ACCOUNT_ID',
  'AWS_ACCOUNT_ID_ENDPOINT_MODE',
  'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
  'AWS_CREDENTIAL_EXPIRATION',
  'AWS_DEFAULTS_MODE',
  'AWS_ENABLE_ENDPOINT_DISCOVERY',
  'AWS_ENDPOINT_DISCOVERY_ENABLED',
] as const

/** Regions of the partition `aws`, whose hosts are `dynamodb.REGION.amazonaws.com`. */
const COMMON_REGION = /^(us|eu|ap|sa|ca|me|af|il|mx)-(?!iso|gov)[a-z]+-\d$/
/** https://datatracker.ietf.org/doc/html/rfc1123#page-13 */
const LABEL = /^(?!-)[a-zA-Z0-9-]{1,63}(?<!-)$/

/** The path that takes no SDK; a text says why there is none. */
export function fastPath(
  { region: given, endpoint: chosen, credentials: own }: ClientOptions,
  env: Environment = process.env,
  isThere: (path: string) => boolean = existsSync,
): FastPath | string {
  const variable = ASKS_SDK.find((name) => env[name])
  if (variable !== undefined) return `${variable} is set`
  if (env.AWS_RETRY_MODE && env.AWS_RETRY_MODE !== 'standard') return 'AWS_RETRY_MODE is not standard'
  const file = awsFiles(env).find((path) => isThere(path))
  if (file !== undefined) return `there is a file ${file}`

  const fromEnvironment = environmentEndpoint(env)?.url
  const region = given ?? env.AWS_REGION
  const url = urlOf(chosen ?? fromEnvironment ?? (region === 'local' ? 'http://localhost:8000' : undefined))
  if (url === 'odd' || (!chosen && fromEnvironment && url && !isLoopback(url.href))) return 'the environment has an endpoint of its own'
  const isHere = url !== undefined && isLoopback(url.href)
  const keys = env.AWS_ACCESS_KEY_ID && env.AWS_SECRET_ACCESS_KEY
  const credentials = own ?? (keys ? credentialsOf(env) : isHere && !mayHaveCredentials(env) ? LOCAL : undefined)
  const name = region || (isHere ? LOCAL_REGION : undefined)
  if (name === undefined) return 'there is no region in code or AWS_REGION'
  if (credentials === undefined) return 'there are no credentials in code or the environment'
  if (!LABEL.test(name)) throw new TransportError('regionInvalid', 'RegionInvalid', 'the region is no name of a region')
  if (/^fips-|-fips$/.test(name)) return 'the region asks for FIPS'
  if (!url && !COMMON_REGION.test(name)) return `the address of region ${name} is the SDK's to know`
  if (!url && typeof credentials === 'object' && credentials.accountId) return 'the credentials have an account'
  return {
    place: placeOf(
      url ?? new URL(`https://dynamodb.${name}.amazonaws.com`),
      name === 'local' && !chosen && !fromEnvironment ? 'us-east-1' : name,
    ),
    region: name,
    credentials,
    source: own ? 'code' : keys ? 'env vars' : 'default of local engines',
    isAws: !url,
  }
}

/** @param url without a query. */
export function placeOf(url: URL, signedFor: string): Place {
  return {
    isTls: url.protocol === 'https:',
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port,
    host: url.host,
    path: url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`,
    signedFor,
  }
}

const LOCAL: Credentials = LOCAL_CREDENTIALS

function credentialsOf({ AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_SESSION_TOKEN }: Environment): Credentials {
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}),
  }
}

/** `odd`: nothing that can be taken as it is. */
function urlOf(endpoint: string | undefined): URL | 'odd' | undefined {
  if (endpoint === undefined) return undefined
  return isEndpoint(endpoint) ? new URL(endpoint) : 'odd'
}
