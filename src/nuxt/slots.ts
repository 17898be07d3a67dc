// What Nuxt's server keeps on the context of a request. Not for the application's own code, which browsers get.
import { sharedSlot } from '../core/base/shared.ts'
import type { Slot } from '../core/base/shared.ts'
import type { SessionEvent } from '../h3/types.ts'
import type { PublicState } from './state.ts'

/** Gives the public data of the session. */
export const publicDataSlot: Slot<(event: SessionEvent) => Promise<PublicState>> = sharedSlot('nuxt')
/** The event that a request's session belongs to: its own, or that of the page which asks while it is rendered. */
export const rootSlot: Slot<SessionEvent> = sharedSlot('root')
/** The Cookie header of the request that a context was made for. */
export const cookieSlot: Slot<string | undefined> = sharedSlot('cookie')
