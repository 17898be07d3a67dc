import { fileURLToPath } from 'node:url'
import { declaredOptions, hasSecret, optionsOf } from './nitro/options.ts'
import { developmentSecret } from './nitro/secret.ts'
import { addGarbageCollection } from './nitro/task.ts'
import type { TaskOptions } from './nitro/task.ts'

/** What we need of Nitro while it builds; `Nitro` of nitropack 2.13 and of Nitro 3 both have it. */
export interface NitroLike {
  readonly options: TaskOptions & {
    readonly dev: boolean
    readonly buildDir: string
    readonly runtimeConfig: object
    readonly plugins: string[]
    readonly virtual: Record<string, string | (() => string | Promise<string>)>
  }
  /** Nitro 3.0.0 has none. */
  readonly meta?: { readonly majorVersion: number }
  readonly logger: { info(line: string): unknown }
  readonly hooks: { hook(name: 'rollup:reload', listener: () => Promise<void>): unknown }
}

/** What Nitro calls a module. */
export interface DynamoSessionsModule {
  readonly name: string
  readonly setup: (nitro: NitroLike) => Promise<void>
}

const OPTIONS_PLUGIN = '#dynamodb-sessions/options'

/**
 * Sessions for nitropack 2.13 and Nitro 3: `useDynamoSession(event)` of dynamodb-sessions/h3 finds its options, responses keep their
 * cookies and stay out of caches, clients close with the server, and there is a task `sessions:gc`.
 *
 * Options come from `runtimeConfig.dynamodbSessions`, above it from `NITRO_DYNAMODB_SESSIONS_*` when the server runs.
 * @throws InvalidOptionError, while Nitro starts or builds, for an option that is unknown, ill-typed or for code only.
 * @see https://nitro.build/config#modules
 * @example
 * export default {
 *   modules: ['dynamodb-sessions/nitro'],
 *   runtimeConfig: { dynamodbSessions: { tableName: 'sessions', userIdKey: 'userId' } },
 * }
 */
const dynamoSessions: DynamoSessionsModule = {
  name: 'dynamodb-sessions/nitro',
  async setup({ options, meta, logger, hooks }) {
    const declare = async (): Promise<void> => {
      const config = options.runtimeConfig as { dynamodbSessions?: Record<string, unknown> }
      optionsOf(config.dynamodbSessions ?? {}, {})
      config.dynamodbSessions = declaredOptions(config.dynamodbSessions)
      if (!options.dev || hasSecret(config.dynamodbSessions)) return
      config.dynamodbSessions.secretKey = await developmentSecret(options.buildDir, 'NITRO_DYNAMODB_SESSIONS_SECRET_KEY', (line) =>
        logger.info(line),
      )
    }
    await declare()
    // The development server reads the runtime configuration anew whenever its file changes.
    hooks.hook('rollup:reload', declare)

    const source = (meta?.majorVersion ?? 0) >= 3 ? 'nitro/runtime-config' : '#internal/nitro'
    // While it is loaded, since middleware may make a store before any plugin runs.
    options.virtual[OPTIONS_PLUGIN] = `import { useRuntimeConfig } from '${source}'
import provideRuntimeConfig from '${file('./nitro/runtime/options.mjs')}'
provideRuntimeConfig(useRuntimeConfig)
export default () => {}
`
    // First, so that the application's own plugins find the options.
    options.plugins.unshift(file('./nitro/runtime/plugin.mjs'), OPTIONS_PLUGIN)
    addGarbageCollection(options, file('./nitro/runtime/gc.mjs'))
  },
}

export default dynamoSessions

function file(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url)).replaceAll('\\', '/')
}
