import {
  addImports,
  addPlugin,
  addServerHandler,
  addServerImports,
  addServerPlugin,
  addServerTemplate,
  addTypeTemplate,
  createResolver,
  defineNuxtModule,
  useLogger,
} from '@nuxt/kit'
import { InvalidOptionError } from './core/base/errors.ts'
import type { CsrfOptions } from './core/csrf/types.ts'
import { checked } from './core/csrf/verify.ts'
import type { DynamoSessionOptions } from './web/types.ts'
import { declaredOptions, hasSecret, optionsOf } from './nitro/options.ts'
import { developmentSecret } from './nitro/secret.ts'
import { addGarbageCollection } from './nitro/task.ts'
import type { TaskOptions } from './nitro/task.ts'
import { DATA_ROUTE } from './nuxt/state.ts'
import { TYPES_MODULE, declarations } from './nuxt/types.ts'
import { SERVER_UTILITIES } from './nuxt/utilities.ts'

export type { SessionUtilities } from './nuxt/utilities.ts'

/** The flat set as nuxt.config can hold it: what only code can give goes to `useDynamoSession` of dynamodb-sessions/h3. */
export interface ModuleOptions extends Omit<
  DynamoSessionOptions,
  'client' | 'configFile' | 'credentials' | 'driver' | 'errorHandler' | 'generateId' | 'serializer'
> {
  /**
   * Top-level keys of the session's data that pages get, and so browsers may read. With an empty list they get `loggedIn` only; by default
   * nothing, and page views ask for no session.
   */
  public?: string[] | undefined
  /** Refuses requests that change something and come from other origins' pages. Default `false`; `origins` and `except` let some in. */
  csrf?: boolean | CsrfOptions | undefined
}

type TypedDefine = typeof defineNuxtModule<ModuleOptions>
/** What `@nuxt/schema` calls `NuxtModule`, without asking users for that package. */
type DynamoSessionsModule = ReturnType<ReturnType<TypedDefine>['with']>

const NAME = 'dynamodb-sessions/nuxt'
/** A virtual module of the server: environment variables must not publish more. */
const PUBLIC_KEYS_MODULE = '#dynamodb-sessions/public'

/**
 * Sessions for Nuxt 4: server utilities under `useDynamoSession` and its like, and `useDynamoSessionData()` for pages.
 *
 * Options come from `dynamodbSessions` in nuxt.config, above it from `runtimeConfig.dynamodbSessions`, above that from `NUXT_DYNAMODB_SESSIONS_*`
 * when the server runs.
 * @throws InvalidOptionError, while Nuxt starts or builds, for an option that is unknown, ill-typed or for code only.
 * @see https://nuxt.com/docs/4.x/guide/modules
 * @example
 * export default defineNuxtConfig({
 *   modules: ['dynamodb-sessions/nuxt'],
 *   dynamodbSessions: { tableName: 'sessions', userIdKey: 'userId', public: ['userId'] },
 * })
 */
const dynamoSessions: DynamoSessionsModule = defineNuxtModule<ModuleOptions>().with({
  meta: { name: NAME, configKey: 'dynamodbSessions', compatibility: { nuxt: '>=4' } },
  defaults: {},
  async setup({ public: pageKeys, csrf = false, ...options }, nuxt) {
    const publicKeys = pageKeys ?? []
    const { resolve } = createResolver(import.meta.url)
    const runtime = (file: string): string => resolve('./nuxt/runtime', `${file}.mjs`)
    checkPublicKeys(publicKeys)
    const csrfOptions = typeof csrf === 'object' ? checked(csrf) : {}
    optionsOf(options, {}, 'nuxt.config')
    const config = nuxt.options.runtimeConfig as { dynamodbSessions?: Record<string, unknown> }
    optionsOf(config.dynamodbSessions ?? {}, {})
    config.dynamodbSessions = declaredOptions(config.dynamodbSessions, options)
    if (nuxt.options.dev && !hasSecret(config.dynamodbSessions)) {
      const log = (line: string): void => useLogger(NAME).info(line)
      config.dynamodbSessions.secretKey = await developmentSecret(nuxt.options.buildDir, 'NUXT_DYNAMODB_SESSIONS_SECRET_KEY', log)
    }

    addServerTemplate({
      filename: PUBLIC_KEYS_MODULE,
      getContents: () =>
        `export const publicKeys = ${JSON.stringify(publicKeys)}\nexport const csrfOptions = ${JSON.stringify(csrfOptions)}\n`,
    })
    // Nitro looks for types beside `from` by `.d.ts` only.
    addServerImports(SERVER_UTILITIES.map((name) => ({ name, from: runtime('server'), typeFrom: TYPES_MODULE })))
    addServerPlugin(resolve('./nitro/runtime/plugin.mjs'))
    addServerPlugin(runtime('nitro-plugin'))
    nuxt.hook('nitro:config', (config) => addGarbageCollection(config as TaskOptions, resolve('./nitro/runtime/gc.mjs')))
    addImports({ name: 'useDynamoSessionData', from: runtime('app') })
    if (csrf !== false) addServerHandler({ middleware: true, handler: runtime('csrf') })
    // Without the option a page view asks for no session.
    if (pageKeys) {
      addPlugin({ src: runtime('app-plugin'), mode: 'server' })
      addServerHandler({ route: DATA_ROUTE, method: 'get', handler: runtime('data') })
    }
    addTypeTemplate(
      { filename: 'types/dynamodb-sessions.d.ts', getContents: () => declarations(publicKeys) },
      { nitro: true, nuxt: true, shared: true },
    )
  },
})

export default dynamoSessions

function checkPublicKeys(keys: unknown): void {
  if (Array.isArray(keys) && keys.every((key) => typeof key === 'string' && key !== '')) return
  throw new InvalidOptionError('public', "must be a list of keys of the session's data, each a text", 'nuxt.config')
}
