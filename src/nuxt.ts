import {
  addImports,
  addPlugin,
  addServerImports,
  addServerPlugin,
  addServerTemplate,
  addTypeTemplate,
  createResolver,
  defineNuxtModule,
  useLogger,
} from '@nuxt/kit'
import { InvalidOptionError } from './core/errors.ts'
import type { DynamoSessionOptions } from './core/h3-types.ts'
import { PUBLIC_KEYS_MODULE, SECRET_VARIABLES, SERVER_UTILITIES, emptyOptions, optionsOf } from './nuxt/options.ts'
import { developmentSecret } from './nuxt/secret.ts'
import { TYPES_MODULE, declarations } from './nuxt/types.ts'

/** The flat set as nuxt.config can hold it: what only code can give goes to `useDynamoSession` of dynamodb-sessions/h3. */
export interface ModuleOptions extends Omit<
  DynamoSessionOptions,
  'client' | 'configFile' | 'credentials' | 'driver' | 'errorHandler' | 'generateId' | 'serializer'
> {
  /** Top-level keys of the session's data that pages get, and so browsers may read. Default none. */
  public?: string[]
}

type TypedDefine = typeof defineNuxtModule<ModuleOptions>
/** What `@nuxt/schema` calls `NuxtModule`, without asking users for that package. */
type DynamoSessionsModule = ReturnType<ReturnType<TypedDefine>['with']>

const NAME = 'dynamodb-sessions/nuxt'

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
  async setup({ public: publicKeys = [], ...options }, nuxt) {
    const { resolve } = createResolver(import.meta.url)
    const runtime = (file: string): string => resolve('./nuxt/runtime', `${file}.mjs`)
    checkPublicKeys(publicKeys)
    optionsOf(options, {}, 'nuxt.config')
    const config = nuxt.options.runtimeConfig as { dynamodbSessions?: Record<string, unknown> }
    config.dynamodbSessions = { ...emptyOptions(), ...options, ...withoutEmpty(config.dynamodbSessions ?? {}) }
    if (nuxt.options.dev && !config.dynamodbSessions.secretKey && !SECRET_VARIABLES.some((name) => process.env[name])) {
      config.dynamodbSessions.secretKey = await developmentSecret(nuxt.options.buildDir, (line) => useLogger(NAME).info(line))
    }

    addServerTemplate({
      filename: PUBLIC_KEYS_MODULE,
      getContents: () => `export const publicKeys = ${JSON.stringify(publicKeys)}\n`,
    })
    // Nitro looks for types beside `from` by `.d.ts` only.
    addServerImports(SERVER_UTILITIES.map((name) => ({ name, from: runtime('server'), typeFrom: TYPES_MODULE })))
    addServerPlugin(resolve('./nitro/plugin.mjs'))
    addServerPlugin(runtime('nitro-plugin'))
    addImports({ name: 'useDynamoSessionData', from: runtime('app') })
    // Without public keys a page view asks for no session.
    if (publicKeys.length > 0) addPlugin({ src: runtime('app-plugin'), mode: 'server' })
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

function withoutEmpty(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '' && value !== undefined))
}
