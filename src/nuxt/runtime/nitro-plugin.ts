// Lets the application's plugin ask for public data, so that nothing of sessions is in the application's own bundle.
import { createError } from '#imports'
import { isMarkedForCache } from '../../h3/event.ts'
import type { SessionEvent } from '../../h3/types.ts'
import { provideOptions } from '../../core/options/provided.ts'
import { cookieSlot, publicDataSlot, rootSlot } from '../slots.ts'
import { nobody } from '../state.ts'
import type { PublicState } from '../state.ts'
import { readPublic } from './public.ts'
import { options } from './server.ts'

interface NitroApp {
  readonly hooks: { hook(name: 'request', callback: (event: RequestEvent) => void): unknown }
}

/** Nitro's, of which a request that the server sends to itself has the context of the one it is sent for. */
interface RequestEvent extends SessionEvent {
  readonly path: string
  readonly node?: { readonly req: { readonly headers: { readonly cookie?: string }; readonly __unenv__?: object } }
}

// While it is loaded, since middleware may make a store before any plugin runs.
provideOptions(options)

export default function provideSessionData(nitro: NitroApp): void {
  nitro.hooks.hook('request', (event) => {
    const { context } = event
    publicDataSlot.set(context, publicData as (event: SessionEvent) => Promise<PublicState>)
    cookieSlot.set(context, event.node?.req.headers.cookie)
    rootSlot.set(context, outerRoot(context, event.node?.req.__unenv__) ?? event)
  })
}

/**
 * What a page fetches from its own server while it is rendered is of the page's session: one read, and a cookie that is set there goes
 * out with the page. Not where it asks as somebody else, and not out of a cached page.
 */
function outerRoot(context: object, outer: object | undefined): SessionEvent | undefined {
  const isOfPage = outer && !isMarkedForCache(outer) && cookieSlot.get(outer) === cookieSlot.get(context)
  return isOfPage ? rootSlot.get(outer) : undefined
}

async function publicData(event: RequestEvent): Promise<PublicState> {
  try {
    return await readPublic(event, true)
  } catch (cause) {
    // The page that shows an error must not fail by it.
    if (event.path.startsWith('/__nuxt_error')) return nobody()
    // Nuxt shows visitors the message of an error that it was given while rendering, and keeps it from the log.
    throw createError({ statusCode: 500, message: 'The session could not be opened', cause, unhandled: true })
  }
}
