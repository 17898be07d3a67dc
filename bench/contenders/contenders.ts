// All that is compared, by name. Each is made when it is asked for, since frameworks and clients take time and memory.
import type { Contender } from './contender.ts'

export interface Place {
  readonly endpoint: string
  readonly tableName: string
  /** Redis, where it runs. */
  readonly redis?: string | undefined
}
type Make = (place: Required<Place>) => Contender | Promise<Contender>

/** The first of every table, which all others are beside. */
export const BARE = 'bare SDK, one read a page'

const OURS: Readonly<Record<string, Make>> = {
  createSessionStore: async ({ endpoint, tableName }) => (await import('./store.ts')).store({ endpoint, tableName }),
  "createSessionStore, transport: 'sdk'": async ({ endpoint, tableName }) =>
    (await import('./store.ts')).store({ endpoint, tableName, transport: 'sdk' }),
  'driver (unstorage)': async ({ endpoint, tableName }) => (await import('./values.ts')).ourDriver(endpoint, tableName),
  'createDynamoSessionStorage (React Router)': async ({ endpoint, tableName }) =>
    (await import('./router.ts')).ourRouter(endpoint, tableName),
  "createDynamoSessionStorage (React Router), transport: 'sdk'": async ({ endpoint, tableName }) =>
    (await import('./router.ts')).ourRouter(endpoint, tableName, 'sdk'),
  'createDynamoSessionStorage (React Router), its createCookie': async ({ endpoint, tableName }) =>
    (await import('./router.ts')).ourRouterWithCookie(endpoint, tableName),
  'createDynamoSessionStorage (Remix 2)': async ({ endpoint, tableName }) => (await import('./router.ts')).ourRemix(endpoint, tableName),
  'createDynamoSessionStorage (Remix 3)': async ({ endpoint, tableName }) => (await import('./remix3.ts')).ourRemix3(endpoint, tableName),
  'useDynamoSession (h3 2)': async ({ endpoint, tableName }) => (await import('./h3.ts')).ourH3(endpoint, tableName),
  'openSession (web)': async ({ endpoint, tableName }) => (await import('./h3.ts')).ourWeb(endpoint, tableName),
  'DynamoDBStore (express-session)': async ({ endpoint, tableName }) => (await import('./express.ts')).ourExpress(endpoint, tableName),
  'DynamoDBStore (@fastify/session)': async ({ endpoint, tableName }) => (await import('./express.ts')).ourFastify(endpoint, tableName),
  'dynamodbSessionDriver (Astro)': async ({ endpoint, tableName }) => (await import('./values.ts')).ourAstro(endpoint, tableName),
  'dynamodbSecondaryStorage (Better Auth)': async ({ endpoint, tableName }) =>
    (await import('./values.ts')).ourBetterAuth(endpoint, tableName),
}

const PEERS: Readonly<Record<string, Make>> = {
  'React Router createArcTableSessionStorage': async ({ endpoint, tableName }) =>
    (await import('./router.ts')).architect(endpoint, tableName),
  'connect-dynamodb (express-session)': async ({ endpoint, tableName }) =>
    (await import('./express.ts')).connectDynamo(endpoint, tableName),
  'h3 2 useSession, sealed cookie': async () => (await import('./h3.ts')).sealed(),
}

const ON_REDIS: Readonly<Record<string, Make>> = {
  'unstorage driver for Redis': async ({ redis }) => (await import('./values.ts')).unstorageRedis(redis),
  'React Router createSessionStorage over it': async ({ redis }) => (await import('./router.ts')).routerRedis(redis),
  'Remix 3 session-storage-redis': async ({ redis }) => (await import('./remix3.ts')).remix3Redis(redis),
  'connect-redis (express-session)': async ({ redis }) => (await import('./express.ts')).connectRedis(redis),
  'connect-redis (@fastify/session)': async ({ redis }) => (await import('./express.ts')).fastifyRedis(redis),
  'Astro driver for Redis': async ({ redis }) => (await import('./values.ts')).astroRedis(redis),
  'Better Auth redisStorage': async ({ redis }) => (await import('./values.ts')).betterAuthRedis(redis),
}

const MAKERS: Readonly<Record<string, Make>> = {
  [BARE]: async ({ endpoint, tableName }) => (await import('./bare.ts')).bare(endpoint, tableName),
  ...OURS,
  ...PEERS,
  ...ON_REDIS,
}

/** What keeps sessions in DynamoDB, or in the cookie. */
export const ON_DYNAMODB: readonly string[] = [BARE, ...Object.keys(OURS), ...Object.keys(PEERS)]
/** What keeps sessions in Redis, each with what of this package takes its place. */
export const REDIS_AND_OURS: Readonly<Record<string, string>> = {
  'unstorage driver for Redis': 'driver (unstorage)',
  'React Router createSessionStorage over it': 'createDynamoSessionStorage (React Router)',
  'Remix 3 session-storage-redis': 'createDynamoSessionStorage (Remix 3)',
  'connect-redis (express-session)': 'DynamoDBStore (express-session)',
  'connect-redis (@fastify/session)': 'DynamoDBStore (@fastify/session)',
  'Astro driver for Redis': 'dynamodbSessionDriver (Astro)',
  'Better Auth redisStorage': 'dynamodbSecondaryStorage (Better Auth)',
}

export const isOurs = (name: string): boolean => Object.hasOwn(OURS, name)
export const isOnRedis = (name: string): boolean => Object.hasOwn(ON_REDIS, name)

/** Makes one of them, for one table or one Redis. */
export async function contender(name: string, place: Place): Promise<Contender> {
  const make = MAKERS[name]
  if (!make) throw new Error(`there is no contender ${name}; there are ${Object.keys(MAKERS).join(', ')}`)
  return make({ redis: '', ...place } as Required<Place>)
}
