import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { ClientOptions } from '../../options/types.ts'
import { addressOf, environmentEndpoint, optionEndpoint } from '../endpoint.ts'
import type { Reach } from '../foreign-answer.ts'
import type { Operation, OutputOf } from '../model.ts'
import type { Transport } from '../transport.ts'
import { connectionsOf, createShares } from '../shared-connections.ts'
import { MAX_SOCKETS, createLines } from '../slots.ts'
import { createUse } from '../use.ts'
import { createClient, createHandler, speedUp } from './client.ts'
import type { Handler } from './client.ts'
import { commandsOf } from './commands.ts'
import { toTransportError } from './errors.ts'
import { loadSdk } from './load.ts'
import { toFound } from './lookup.ts'
import type { Call, RawCommand } from './raw.ts'

/** Of the process, since a client with `cacheMiddleware` tells commands by their class. */
let commands: Record<Operation, RawCommand> | undefined

/** Sends with the AWS SDK, by a client that the options give or one that is made for them at the first request. */
export function createSdkTransport(options: ClientOptions): Transport {
  // A document client takes the plain commands as they are: it shares its client's configuration and middleware.
  const given = options.client as DynamoDBClient | undefined
  // Whoever wraps a client may leave its configuration out.
  if (given?.config) speedUp(given.config)
  let made: DynamoDBClient | undefined
  const reach: Reach = { isDynamoDBs: false }
  // A given client may be shared with others, and have as many sockets as it likes.
  const name = given ? undefined : connectionsOf(options)
  const share = shares(name)
  const slots = given ? undefined : slotsFor(name, options.maxSockets ?? MAX_SOCKETS)

  async function client(): Promise<DynamoDBClient> {
    if (given ?? made) return (given ?? made) as DynamoDBClient
    const sdk = await loadSdk()
    // What closes a client of its own leaves connections open that others use.
    const handler = name === undefined ? undefined : { ...share.get(() => createHandler(sdk, options)), destroy: () => {} }
    return (made ??= createClient(sdk, options, handler))
  }

  const { during, dispose } = createUse(() => {
    made?.destroy()
    made = undefined
    share.close()
  })

  const using = <Result>(work: (client: DynamoDBClient) => Promise<Result>): Promise<Result> =>
    during(async () => {
      try {
        return await work(await client())
      } catch (error) {
        throw toTransportError(error)
      }
    })

  return {
    client: () => during(client),
    dispose,

    async way() {
      return { name: 'sdk', why: given ? 'a client was given' : "`transport` is 'sdk'" }
    },

    send(operation, input, hooks, deadline) {
      // A client that was given has bounds of its own, or none.
      const call: Call = {
        hooks,
        deadline,
        slots,
        timeout: given ? undefined : options.requestTimeout,
        input: undefined,
        answer: undefined,
        failed: undefined,
        foreign: undefined,
        reach,
      }
      return during(async () => {
        try {
          const to = given ?? made ?? (await client())
          commands ??= commandsOf(await loadSdk())
          const output = ((await to.send(new commands[operation](input, call) as never)) ?? {}) as OutputOf<typeof operation> & Told
          const { attempts = 1, requestId } = output.$metadata ?? {}
          return { output, attempts, requestId }
        } catch (error) {
          throw toTransportError(error, call)
        }
      })
    },

    clock: slots ? slots.clock : () => performance.now(),

    region: async () => (await using(async (to) => to.config.region())) || 'unknown region',

    async endpoint() {
      const {
        endpoint: own,
        serviceConfiguredEndpoint,
        ignoreConfiguredEndpointUrls: ignores,
      } = ((await during(client)).config ?? {}) as Configured
      const option = given ? undefined : optionEndpoint(options.endpoint)
      if (option) return option
      const variable = environmentEndpoint()
      const address = await own?.().catch(() => undefined)
      const configured = async (): Promise<string | undefined> =>
        ignores ? undefined : serviceConfiguredEndpoint ? serviceConfiguredEndpoint().catch(() => undefined) : variable?.url
      const url = address ? addressOf(address) : await configured()
      if (url === undefined) return undefined
      return isSame(url, variable?.url) ? variable : { url, source: given ? 'the `client`' : 'a profile of the AWS configuration' }
    },

    credentials: () => using(async (to) => toFound(await to.config.credentials())),
  }
}

/** Of this transport's own connections: the other one's are others. */
const slotsFor = createLines()
const shares = createShares<Handler>((handler) => handler.destroy())

/** What the SDK adds to every output. */
interface Told {
  readonly $metadata?: { readonly attempts?: number; readonly requestId?: string }
}

/** What a client knows of its endpoint. */
interface Configured {
  readonly endpoint?: () => Promise<Parameters<typeof addressOf>[0]>
  /** Of environment and profile; older releases leave it out, and set the other once they have sent something. */
  readonly serviceConfiguredEndpoint?: () => Promise<string | undefined>
  readonly ignoreConfiguredEndpointUrls?: boolean
}

function isSame(url: string, other: string | undefined): boolean {
  return other !== undefined && URL.canParse(url) && URL.canParse(other) && new URL(url).origin === new URL(other).origin
}
