import type { ClientOptions, Credentials } from '../../options/types.ts'
import { toTransportError } from '../sdk/errors.ts'
import { environmentEndpoint, optionEndpoint } from '../endpoint.ts'
import type { Endpoint } from '../endpoint.ts'
import { askSdk, toFound } from '../sdk/lookup.ts'
import type { Lookup } from '../sdk/lookup.ts'
import { TransportError } from '../transport-error.ts'
import type { FoundCredentials, Way } from '../transport.ts'
import { keepFresh } from './credentials.ts'
import { userAgent } from './headers.ts'
import { fastPath, placeOf } from './place.ts'
import type { FastPath, Place } from './place.ts'

/** What a request needs to leave. */
export interface Leg {
  readonly place: Place
  readonly by: Credentials
  readonly userAgent: string
  /** Where that is, for messages. */
  readonly url: string
}

/** Where requests go and who signs them. Everything throws TransportError only. */
export interface Route {
  /** What is known and good now; `undefined`: `find` first. */
  current(): Leg | undefined
  find(): Promise<Leg>
  /** Whether only the SDK's own way does what is configured. */
  isSdkOnly(): Promise<boolean>
  way(): Promise<Way>
  region(): Promise<string>
  endpoint(): Promise<Endpoint | undefined>
  credentials(): Promise<FoundCredentials>
  close(): void
}

export function createRoute(options: ClientOptions): Route {
  let fast: FastPath | string | undefined
  let asked: Promise<Lookup> | undefined
  let leg: Leg | undefined
  const fresh = keepFresh(look)

  const path = (): FastPath | string => (fast ??= fastPath(options))
  const isFast = (): boolean => typeof path() === 'object'

  /** The SDK, loaded by the first who needs it; asked again where it could not say. */
  function ask(): Promise<Lookup> {
    const known = path()
    asked ??= askSdk(options, typeof known === 'string' ? known : 'the credentials have an account').catch((error: unknown) => {
      asked = undefined
      throw error
    })
    return asked
  }

  async function look(): Promise<Credentials> {
    const known = path()
    const found = typeof known === 'object' ? await resolve(known.credentials) : await askForBoth()
    if (typeof found?.accessKeyId === 'string' && typeof found.secretAccessKey === 'string') return found
    throw new TransportError('credentialsMissing', 'CredentialsProviderError', 'the provider of credentials returned none')
  }

  /** Where both are missing, the region is said first. */
  async function askForBoth(): Promise<Credentials> {
    const lookup = await ask()
    await lookup.region()
    return lookup.credentials()
  }

  /** @returns `undefined` where the SDK sends in a way of its own. */
  async function placeFor(by: Credentials): Promise<Place | undefined> {
    const known = path()
    // An account may have an address of its own.
    if (typeof known === 'object' && (!known.isAws || by.accountId === undefined)) return known.place
    const address = await (await ask()).address(by)
    return address && placeOf(address.url, address.signedFor)
  }

  async function find(): Promise<Leg> {
    const by = fresh.current() ?? (await fresh.find())
    const place = leg && leg.by.accountId === by.accountId ? leg.place : await placeFor(by)
    if (!place) throw new TransportError('other', 'UnsupportedAddress', "the SDK sends in a way of its own here: set `transport: 'sdk'`")
    const appId = process.env.AWS_SDK_UA_APP_ID ?? (isFast() ? undefined : (await ask()).appId)
    leg = { place, by, userAgent: userAgent(appId), url: `${place.isTls ? 'https' : 'http'}://${place.host}` }
    return leg
  }

  return {
    find,
    current() {
      const by = leg && fresh.current()
      if (!leg || !by) return undefined
      if (leg.by !== by) leg = leg.by.accountId === by.accountId ? { ...leg, by } : undefined
      return leg
    },
    isSdkOnly: async () => !isFast() && (await ask()).isSdkOnly,
    async way() {
      const known = path()
      const why = typeof known === 'string' ? `address and credentials by the SDK, since ${known}` : `credentials by ${known.source}`
      return { name: 'http', why }
    },
    async region() {
      const known = path()
      return typeof known === 'object' ? known.region : (await ask()).region()
    },
    async endpoint() {
      const set = optionEndpoint(options.endpoint) ?? environmentEndpoint()
      const known = path()
      if (set || typeof known === 'object') return set
      const { place, url } = await find()
      // AWS's own hosts have the region in their names.
      return place.host.includes(`.${place.signedFor}.`) ? undefined : { url, source: 'a profile of the AWS configuration' }
    },
    async credentials() {
      const found = toFound(await fresh.find())
      const known = path()
      return typeof known === 'object' ? { ...found, sources: [known.source] } : found
    },
    close() {
      void asked?.then((lookup) => lookup.close()).catch(() => {})
      asked = undefined
    },
  }
}

async function resolve(credentials: FastPath['credentials']): Promise<Credentials> {
  if (typeof credentials === 'object') return credentials
  try {
    return await credentials()
  } catch (error) {
    throw toTransportError(error)
  }
}
