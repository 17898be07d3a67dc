// Where requests go other than to AWS itself, and who said so: for messages, and for what every local engine takes.
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, sep } from 'node:path'
import { variableOf } from '../options/options.ts'
import type { Environment } from '../options/options.ts'

export interface Endpoint {
  readonly url: string
  /** What sets it, for a message: an option, a variable or a profile. */
  readonly source: string
}

/** In a message: what sets it is worth a word where that is not the application's own option. */
export function placeOf({ url, source }: Endpoint): string {
  return source === OPTION ? url : `${url} (${source})`
}

const OPTION = '`endpoint`'

/** What a local engine gets where the SDK's chain finds nothing: it wants both, and takes any. */
export const LOCAL_REGION = 'local'
export const LOCAL_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' } as const

/** The service's own before the general one. https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html */
const VARIABLES = ['AWS_ENDPOINT_URL_DYNAMODB', 'AWS_ENDPOINT_URL'] as const

/** The endpoint that the SDK's own variables set. */
export function environmentEndpoint(env: Environment = process.env): Endpoint | undefined {
  if (env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS?.toLowerCase() === 'true') return undefined
  const source = VARIABLES.find((name) => env[name])
  return source && { url: env[source] as string, source }
}

/** The endpoint of an option, which code or the environment may have set. */
export function optionEndpoint(url: string | undefined, env: Environment = process.env): Endpoint | undefined {
  const variable = variableOf('endpoint')
  return url === undefined ? undefined : { url, source: env[variable] === url ? variable : OPTION }
}

/** As the SDK and Node take addresses apart. */
export function addressOf({
  protocol,
  hostname,
  port,
}: {
  readonly protocol: string
  readonly hostname: string
  readonly port?: number
}): string {
  return `${protocol}//${hostname}${port ? `:${port}` : ''}`
}

/** Whether a URL leads to this machine. */
export function isLoopback(url: string | undefined): boolean {
  if (url === undefined || !URL.canParse(url)) return false
  return /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|0\.0\.0\.0|\[::1?\])$/.test(new URL(url).hostname)
}

/** Whether it is worth asking the SDK's chain for credentials: on a machine that knows nothing of AWS it first waits a second for EC2's metadata. */
export function mayHaveCredentials(env: Environment = process.env): boolean {
  return HINTS.some((name) => env[name]) || awsFiles(env).some((path) => existsSync(path))
}

/** Where the files of AWS's tools would be. https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html */
export function awsFiles(env: Environment = process.env): readonly string[] {
  // The SDK takes an empty variable for none.
  return [env.AWS_CONFIG_FILE || inHome(env, 'config'), env.AWS_SHARED_CREDENTIALS_FILE || inHome(env, 'credentials')]
}

/** Where the SDK looks for the home of the user, which is another order than Node's on Windows. */
function inHome({ HOME, USERPROFILE, HOMEDRIVE = `C:${sep}`, HOMEPATH }: Environment, name: string): string {
  return join(HOME || USERPROFILE || (HOMEPATH ? HOMEDRIVE + HOMEPATH : homedir()), '.aws', name)
}

const HINTS = [
  'AWS_ACCESS_KEY_ID',
  'AWS_PROFILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
]
