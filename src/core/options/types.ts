/** What turns session data into text and back. `parse(stringify(data))` must give equal data. */
export interface Serializer {
  stringify: (value: unknown) => string
  parse: (text: string) => unknown
}

/** What was done when an error happened, in the same words whichever framework asked. */
export type SessionOperation =
  | 'read'
  | 'create'
  | 'update'
  | 'touch'
  | 'regenerate'
  | 'destroy'
  | 'destroyByKey'
  | 'destroyByUser'
  | 'lock'
  | 'unlock'

/** A DynamoDBClient or a DynamoDBDocumentClient of any 3.x, described by its shape so that no type of the AWS SDK is needed here. */
export interface GivenClient {
  readonly config: object
  readonly middlewareStack: object
  send(command: never): unknown
}

/** An identity of AWS. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
  readonly expiration?: Date | undefined
  readonly accountId?: string | undefined
}

/** How to reach DynamoDB. What is left out is found by the AWS SDK's own chain at the first request. */
export interface ClientOptions {
  /** AWS region. Default: the SDK's chain (`AWS_REGION`, profile); `local` for an engine on this machine. */
  region?: string | undefined
  /** URL of the engine, for local development. Default: the SDK's chain (`AWS_ENDPOINT_URL_DYNAMODB`, AWS). */
  endpoint?: string | undefined
  /** A client of your own, which is never destroyed; takes the place of the other connection options. Code only. */
  client?: GivenClient | undefined
  /** Credentials or a provider of them. Default: the SDK's chain; any for an engine on this machine. Code only. */
  credentials?: Credentials | (() => Promise<Credentials>) | undefined
  /** Milliseconds that one attempt of a request may take, 1 to 300,000. Default 3000. */
  requestTimeout?: number | undefined
  /** Attempts that are made of each request, 1 to 20. Default `AWS_MAX_ATTEMPTS`, else 3. */
  maxAttempts?: number | undefined
  /** Connections to DynamoDB at once, 1 to 1000; further requests wait for one, in their order. Default 50. */
  maxSockets?: number | undefined
  /**
   * Who signs and sends: `http` is a small way of our own over Node's HTTP, `sdk` is AWS's SDK, whose middleware then sees every
   * request. Default `http`. A `client` always sends by itself.
   */
  transport?: 'http' | 'sdk' | undefined
}

/** A cookie that held the whole session so far, sealed or signed, and is read once. */
export interface SealedCookie {
  /** Who made it: `h3` is h3 2, `h3-legacy` h3 1; `react-router` is `createCookieSessionStorage`. */
  from: 'h3' | 'h3-legacy' | 'iron-session' | 'nuxt-auth-utils' | 'react-router'
  /** Its password or secret. iron-session and h3 may have several by number. */
  password: string | Readonly<Record<string, string>>
  /** The cookie's name. Default that of its maker: `h3`, `nuxt-session`, `__session`; iron-session has none. */
  name?: string | undefined
  /** The cookie's path. A browser removes only what has the same path and domain. Default that of ours. */
  path?: string | undefined
  /** The cookie's domain. Default that of ours. React Router and Remix 2 take both from `cookie`, which has the old one's name. */
  domain?: string | undefined
  /** From then on such cookies are ignored. */
  until?: Date | string | undefined
}

/** What is kept of the browser that logged in, to show it to its user: 16 values at most, of which texts are cut at 200 characters. */
export type Device = Readonly<Record<string, string | number | boolean>>

/** The request of a log-in, for what is to be kept of it. */
export interface DeviceRequest {
  /** Its headers. Those of proxies, such as X-Forwarded-For, say what the client likes, unless your proxy sets them. */
  readonly headers: { get(name: string): string | null }
  /** Browser and system by the User-Agent, such as `Firefox on Windows`; `undefined` where that names no browser. */
  readonly label: string | undefined
  /**
   * An HMAC of a text by `secretKey`, as 22 characters: tells whether an address is the same as before, and not which.
   * @throws MissingSecretKeyError
   */
  hash(text: string): string
}

/**
 * Every option, in one flat set with the Ruby gem's names in camelCase. Each entry point takes the whole set and
 * ignores what belongs to others. Precedence: code, environment (`AWS_DYNAMO_DB_SESSION_<NAME>`), file, default.
 */
export interface SessionOptions extends ClientOptions {
  /** The table's name. Default `sessions`. */
  tableName?: string | undefined
  /** The name of the table's hash key, a string. Default `session_id`. */
  tableKey?: string | undefined
  /** Put before every key, so that several applications can share a table. End it with a separator: `shop:`. */
  keyPrefix?: string | undefined
  /** The name of the table's range key, a string, where the table has one. Needs `sortKeyValue`. */
  sortKey?: string | undefined
  /** The range key's value in every item of ours. */
  sortKeyValue?: string | undefined
  /** Whether reads are strongly consistent: one read unit per 4 KB instead of a half. Default `true`. */
  consistentRead?: boolean | undefined
  /** A driver made by `dynamodb-sessions/driver`; takes the place of table and connection options. Code only. */
  driver?: object | undefined
  /** Path of the configuration file that these options came from; set by `loadSessionConfig`. Code only. */
  configFile?: string | undefined
  /** Signs cookies with HMAC-SHA-256. In a list the first signs and all verify, for rotation. */
  secretKey?: string | readonly string[] | undefined
  /** The framework's cookie: attributes, or in React Router and Remix a `Cookie` object. */
  cookie?: object | undefined
  /**
   * h3, web, React Router, Remix 2: the cookie that held the session before this package, which moves into the table. In React Router
   * and Remix it has the name of `cookie`, which takes its place.
   */
  migrate?: SealedCookie | undefined
  /** h3: the cookie's name. */
  name?: string | undefined
  /** Absolute lifetime in seconds from creation, at most 400 days. Default none. */
  maxAge?: number | undefined
  /** Idle lifetime in seconds, at most 400 days; 0 means never. Default the cookie's `maxAge`, else 14 days. */
  maxStale?: number | undefined
  /** Seconds between a use of a session and the next that extends its life; below `maxStale`. Default a tenth of the lifetime. */
  touchAfter?: number | undefined
  /** Whether the table holds SHA-256 of ids in place of ids. `false` is for tables shared with the Ruby gem. Default `true`. */
  hashIds?: boolean | undefined
  /** Draws a new session id: 16 to 128 of `A-Z a-z 0-9 _ -`. Default 256 random bits in base64url. Code only. */
  generateId?: (() => string) | undefined
  /** What happens when two requests changed one session. Default `merge`. */
  onConflict?: 'merge' | 'overwrite' | 'error' | undefined
  /** The key of the session data whose value is stored as `user_id`, for `listByUser` and `destroyByUser`. */
  userIdKey?: string | undefined
  /**
   * What to keep of the browser that logs in, for `userSessions`: `true` is `{ label }`. Called once for each log-in. Default none is kept.
   * A function from code only.
   */
  device?: boolean | ((request: DeviceRequest) => Device | undefined) | undefined
  /** Whether the adapters hold the session's lock while a request runs. Default `false`. */
  enableLocking?: boolean | undefined
  /** Length of a lock's lease in milliseconds, 50 to 3,600,000. Default 500. */
  lockExpiryTime?: number | undefined
  /** Milliseconds between looks at a taken lock, 1 to 60,000. Default 500. */
  lockRetryDelay?: number | undefined
  /** Seconds to wait for a lock, 0 to 3600, fractions allowed. Default 1. */
  lockMaxWaitTime?: number | undefined
  /** `false`: a failed read gives an empty session that is never written back, in place of an error. Default `true`. */
  raiseErrors?: boolean | undefined
  /** Called with every error and the operation that failed. Code only. */
  errorHandler?: ((error: unknown, context: { operation: SessionOperation }) => void) | undefined
  /** Default JSON. Code only. */
  serializer?: Serializer | undefined
  /** Gzip data of at least this many bytes; `true` means 1024. Default `false`. */
  compression?: boolean | number | undefined
  /** Bytes of data before it is packed, 524,288 to 67,108,864: also what a packed record may inflate to. Default 2,097,152. */
  maxDataSize?: number | undefined
  /** Encrypts data with AES-256-GCM: 32 bytes in base64 or hex. In a list the first encrypts and all decrypt. */
  encryptionKey?: string | readonly string[] | undefined
  /** Whether unencrypted records are refused. Default `false`. */
  requireEncryption?: boolean | undefined
  /** How new tables are billed. Default `PAY_PER_REQUEST`; either capacity means `PROVISIONED`. */
  billingMode?: 'PAY_PER_REQUEST' | 'PROVISIONED' | undefined
  /** Read capacity units of a new table, 1 to 40,000. With `writeCapacity` only: 10. */
  readCapacity?: number | undefined
  /** Write capacity units of a new table, 1 to 40,000. With `readCapacity` only: 5. */
  writeCapacity?: number | undefined
  /** Driver: default lifetime in seconds of items written through unstorage; 0 means no expiry. */
  ttl?: number | undefined
}

/** Options of tables and connections, which a driver has already. */
export const CONNECTION: readonly (keyof SessionOptions)[] = [
  'tableName',
  'tableKey',
  'keyPrefix',
  'sortKey',
  'sortKeyValue',
  'region',
  'endpoint',
  'client',
  'credentials',
  'consistentRead',
  'requestTimeout',
  'maxAttempts',
  'maxSockets',
  'transport',
]

/** What a configuration file may hold: options, a base to extend, and options by environment (`$production`, `$env.staging`). */
export interface SessionConfig extends SessionOptions {
  /** A local file, or several, whose options rank below these. */
  extends?: string | string[] | undefined
  $development?: SessionOptions | undefined
  $production?: SessionOptions | undefined
  $test?: SessionOptions | undefined
  $env?: Record<string, SessionOptions> | undefined
}

/** The options with defaults filled in. */
export type ResolvedOptions = Readonly<SessionOptions> & Defaults

type DefaultedName =
  | 'tableName'
  | 'tableKey'
  | 'keyPrefix'
  | 'consistentRead'
  | 'maxStale'
  | 'hashIds'
  | 'generateId'
  | 'onConflict'
  | 'enableLocking'
  | 'lockExpiryTime'
  | 'lockRetryDelay'
  | 'lockMaxWaitTime'
  | 'raiseErrors'
  | 'serializer'
  | 'compression'
  | 'maxDataSize'
  | 'requireEncryption'
  | 'requestTimeout'
  | 'maxAttempts'
export type Defaults = Readonly<Required<Pick<SessionOptions, DefaultedName>>>
