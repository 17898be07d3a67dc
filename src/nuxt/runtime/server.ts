// Server utilities that Nuxt imports by itself, bound to the runtime configuration.
import { getRouteRules, useRuntimeConfig } from '#imports'
import { MissingSecretKeyError } from '../../core/base/errors.ts'
import { isForCache } from '../../h3/event.ts'
import type { SessionEvent } from '../../h3/types.ts'
import type { DynamoSessionOptions } from '../../web/types.ts'
import { keepEventFromCaches } from '../../h3/response.ts'
import { isSafe } from '../../core/csrf/verify.ts'
import { createSessionStore } from '../../core/sessions/store.ts'
import * as h3 from '../../h3.ts'
import { hasSecret, optionsOf } from '../../nitro/options.ts'
import { rootSlot } from '../slots.ts'
import type { SessionUtilities } from '../utilities.ts'

type Utilities = SessionUtilities<Record<string, unknown>, SessionEvent>

export const useDynamoSession: Utilities['useDynamoSession'] = async (event) => {
  const own = eventOf(event)
  const options = signingOptions()
  // Touches when due: in Nuxt no middleware does it.
  await h3.dynamoSession(options)(own)
  const session = await h3.useDynamoSession(own, options)
  if (session.state !== 'new') keepEventFromCaches(own)
  return session as never
}

export const requireDynamoSession: Utilities['requireDynamoSession'] = async (event, { check } = {}) => {
  await useDynamoSession(event)
  const options = signingOptions()
  return h3.requireDynamoSession(eventOf(event), check ? { ...options, check: check as never } : options) as never
}

export const withDynamoSession: Utilities['withDynamoSession'] = (handler) => (event) =>
  h3.withDynamoSession((own: SessionEvent, session) => {
    if (session.state !== 'new') keepEventFromCaches(own)
    return handler(event, session as never)
  }, signingOptions())(eventOf(event))

export const verifyCsrf: Utilities['verifyCsrf'] = async (event, csrf = {}) => {
  // The server's own request for a page that is being rendered, whose browser asked for that.
  if (eventOf(event) !== event) return
  // A page view does without a secret, as one does that is made while building.
  if (isSafe((event as { readonly method?: string }).method ?? 'GET')) return
  await h3.verifyCsrf(event, { ...csrf, ...signingOptions() })
}

export const useDynamoSessionStore: Utilities['useDynamoSessionStore'] = () => createSessionStore(options())

/** The session, whose life is not extended. */
export async function peekDynamoSession(event: SessionEvent): Promise<h3.DynamoSession> {
  return h3.useDynamoSession(eventOf(event), signingOptions())
}

/** Whether `requireDynamoSession` lets the request in. */
export async function isLoggedIn(event: SessionEvent): Promise<boolean> {
  try {
    await h3.requireDynamoSession(eventOf(event), signingOptions())
    return true
  } catch (error) {
    if (error instanceof h3.SessionRequiredError) return false
    throw error
  }
}

/** Whether the response may be given to others: Nitro keeps it, a CDN does by a route rule, or it is made while building. */
export function isShared(event: SessionEvent): boolean {
  const { cache, isr, prerender, swr } = getRouteRules(event)
  return isForCache(event) || Boolean(cache || isr || prerender || swr) || import.meta.prerender === true
}

let known: { readonly from: object; readonly options: DynamoSessionOptions } | undefined

/** One object as long as they are the same. */
export function options(): DynamoSessionOptions {
  const from = useRuntimeConfig().dynamodbSessions
  if (known?.from !== from) known = { from, options: optionsOf(from) }
  return known.options
}

function signingOptions(): DynamoSessionOptions {
  const found = options()
  if (hasSecret(found)) return found
  throw new MissingSecretKeyError(
    'Session cookies must be signed: set NUXT_DYNAMODB_SESSIONS_SECRET_KEY to a long random text where the server runs',
  )
}

/** Whose response carries what the session does to it. */
function eventOf(event: SessionEvent): SessionEvent {
  return isForCache(event) ? event : (rootSlot.get(event.context) ?? event)
}
