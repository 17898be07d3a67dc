// What pages may know of a session.
import { publicKeys } from '#dynamodb-sessions/public'
import type { SessionEvent } from '../../h3/types.ts'
import { nobody } from '../state.ts'
import type { PublicState } from '../state.ts'
import { isLoggedIn, isShared, peekDynamoSession, useDynamoSession } from './server.ts'

/** @param isUse whether the session lives on by it, as by a page view. */
export async function readPublic(event: SessionEvent, isUse: boolean): Promise<PublicState> {
  if (isShared(event)) return nobody()
  const session = await (isUse ? useDynamoSession(event as never) : peekDynamoSession(event))
  const data: Record<string, unknown> = session.data
  const shown = publicKeys.filter((key) => Object.hasOwn(data, key)).map((key) => [key, data[key]])
  return { data: Object.fromEntries(shown), loggedIn: await isLoggedIn(event) }
}
