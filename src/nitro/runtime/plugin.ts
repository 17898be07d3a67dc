// A plugin for Nitro's server, of both majors by its shape: it imports nothing from nitro or nitropack.
import { closeAll } from '../../core/base/shutdown.ts'
import { rememberRequest } from '../../h3/event.ts'
import { finishNodeResponse, finishResponse } from '../../h3/response.ts'

/** What we need of Nitro's application. Nitro 3 has no hooks with `features.runtimeHooks: false`. */
export interface NitroAppLike {
  readonly hooks?: { hook(name: never, listener: (...args: never[]) => unknown): unknown } | undefined
}

/**
 * Puts session cookies on responses that lack them, keeps such responses out of caches, and closes clients with the server.
 * The Nitro module adds it.
 * @see https://nitro.build/docs/plugins
 */
export default function dynamoSessionsPlugin({ hooks }: NitroAppLike): void {
  if (!hooks) return
  const hook = hooks.hook.bind(hooks) as (name: string, listener: (...args: never[]) => unknown) => unknown
  hook('request', rememberRequest)
  // Nitro 3 has the first, nitropack 2 the second; neither minds the other's.
  hook('response', finishResponse)
  hook('beforeResponse', finishNodeResponse)
  hook('close', closeAll)
}
