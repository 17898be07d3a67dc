// Fresh log-ins and devices of a framework whose session has no methods of ours.
import type { Device, DeviceRequest } from '../core/options/options.ts'
import type { Handle } from '../core/sessions/handle.ts'
import { deviceBy } from '../core/sessions/record/device.ts'
import type { Sessions } from '../core/sessions/sessions.ts'
import { authenticatedAtOf, authenticatedDate, currentKeyOf, heldKey, isFresh, userSessionsOf } from '../core/sessions/user-sessions.ts'
import type { UserSessions, UserSessionsOptions } from '../core/sessions/user-sessions.ts'
import { userOf } from '../core/sessions/users.ts'

/** What a storage tells of log-ins and of a user's other sessions. */
export interface LogIns<Session> {
  /**
   * When the user of a session authenticated, by `regenerateSession(session, { authenticated: true })`: no data sets it, and it goes
   * when the session gets another user. `undefined` where no log-in said so, and by an old id.
   */
  authenticatedAt(session: Session): Date | undefined
  /** Whether that was within so many seconds. */
  isFresh(session: Session, seconds: number): boolean
  /**
   * Throws a Response where it was not.
   * @param respond makes it, such as a redirect to the page that asks for the password; default 401 with a reason as JSON.
   */
  requireFresh(session: Session, seconds: number, respond?: () => Response): void
  /**
   * The sessions of a user as that user sees them, on a page of devices, with what ends one of them or all others.
   * @param options `current`: the session that asks; `limit`, `order`.
   * @throws InvalidOptionError without `userIdKey`; InvalidArgumentError.
   */
  userSessions(userId: string | number | bigint, options?: UserSessionsOptions): UserSessions
}

/** @param handles of the sessions that were read here: one made elsewhere tells nothing of its record. */
export function createLogIns<Session extends object>(sessions: Sessions, handles: WeakMap<Session, Handle>): LogIns<Session> {
  const isFreshLogIn = (session: Session, seconds: number): boolean => {
    const handle = handles.get(session)
    return isFresh(handle && authenticatedAtOf(handle), seconds)
  }
  return {
    authenticatedAt(session) {
      const handle = handles.get(session)
      return handle && authenticatedDate(handle)
    },
    isFresh: isFreshLogIn,
    requireFresh(session, seconds, respond = () => notFresh(seconds)) {
      if (!isFreshLogIn(session, seconds)) throw respond()
    },
    userSessions(userId, { current, ...list } = {}) {
      const handle = typeof current === 'object' && current !== null ? handles.get(current as Session) : undefined
      return userSessionsOf(sessions, userOf(sessions, userId), handle ? heldKey(handle) : currentKeyOf(sessions, current), list)
    },
  }
}

function notFresh(seconds: number): Response {
  const message = `This request needs a log-in of the last ${seconds} seconds`
  return Response.json({ message, reason: 'fresh-log-in', seconds }, { status: 401, statusText: 'Unauthorized' })
}

/** What the option `device` keeps of a request. */
export function deviceOf(
  { options: { device, secretKey, cookie } }: Sessions,
  { headers }: Pick<DeviceRequest, 'headers'>,
): (() => Device | undefined) | undefined {
  // Secrets may be the cookie's.
  const { secrets } = (cookie ?? {}) as { readonly secrets?: unknown }
  return deviceBy({ device, secretKey: secretKey ?? (Array.isArray(secrets) ? (secrets as string[]) : undefined) }, headers)
}
