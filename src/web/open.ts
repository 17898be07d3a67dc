// A session opened on a request and its response, whichever framework has them.
import { holdNew } from '../core/sessions/handle.ts'
import { readSealed, sealedPlace } from '../core/sessions/sealed.ts'
import type { CookieSessions } from './options.ts'
import { cookieFor, removalOf, signedIds } from './cookie.ts'
import type { SessionCookie } from './cookie.ts'
import { losesSecure } from './hosts.ts'
import { createSession } from './session.ts'
import type { RequestSession } from './session.ts'
import type { CookieToSet } from './types.ts'
import { warnOnce } from '../core/base/warn-once.ts'
import { createWriter, loadWriter } from './writer.ts'
import type { Stage } from './writer.ts'

/** What a response says that carries a session cookie: no cache may hand the session to others. */
export const UNCACHED = 'private, no-store'

/** What is asked of a request, and where its response's cookies go. */
export interface Exchange {
  /** The Cookie header. */
  header(): string | undefined
  /** All of them. */
  readonly headers: Stage['headers']
  host(): string
  /** `http` or `https`, as far as one can tell; for a warning only. */
  protocol(): string | undefined
  /** Whether nothing is stored by reading, since the response carries no cookie. */
  readonly isReadOnly?: boolean
  /** Throws where the response cannot carry a cookie. */
  check(): void
  /** @returns `false` where the response has been sent already. */
  put(cookie: CookieToSet): boolean
  /** Takes back the cookie of that name, where one was put. */
  takeBack(name: string): void
}

/** Reads the session that the cookie names. */
export async function openOn(exchange: Exchange, source: CookieSessions, cookie: SessionCookie): Promise<RequestSession> {
  const ids = signedIds(exchange.header(), cookie.name, source.secrets)
  const stage = stageOn(exchange, source, cookie)
  const { migrate } = source.sessions.options
  const sealed = ids.length === 0 ? await readSealed(exchange.header(), migrate) : undefined
  if (!sealed) return createSession(await loadWriter(source.sessions, ids, stage), source.secrets)
  const opened = createSession(
    createWriter(source.sessions, { handle: holdNew(source.sessions), data: sealed.data }, stage, true),
    source.secrets,
  )
  if (exchange.isReadOnly) return opened
  await opened.session.update()
  if (migrate && sealed.name !== cookie.name)
    exchange.put(removalOf({ name: sealed.name, attributes: { ...cookie.attributes, ...sealedPlace(migrate) } }))
  return opened
}

export function stageOn(exchange: Exchange, { secrets }: CookieSessions, cookie: SessionCookie): Stage {
  return {
    headers: exchange.headers,
    check: () => exchange.check(),
    takeBack: () => exchange.takeBack(cookie.name),
    set(snapshot) {
      const next = snapshot ? cookieFor(cookie, snapshot.id, secrets[0] as string, snapshot.state) : removalOf(cookie)
      if (snapshot && cookie.attributes.secure) warnOfPlainHttp(exchange, cookie)
      const isInTime = exchange.put(next)
      if (!isInTime && snapshot && !signedIds(exchange.header(), cookie.name, secrets).includes(snapshot.id))
        warnOnce(
          'SESSION_COOKIE_TOO_LATE',
          'A session got its id after the response had been sent, so that the browser does not get its cookie',
        )
    },
  }
}

function warnOfPlainHttp({ host, protocol }: Exchange, { name }: SessionCookie): void {
  const asked = host()
  if (losesSecure(asked, protocol()))
    warnOnce(
      'SESSION_COOKIE_NOT_KEPT',
      `The session cookie ${name} is \`Secure\`, and the request to ${printable(asked)} came by http: browsers do not keep it. ` +
        'Open localhost or use https; private addresses, .local, .internal and .test work where NODE_ENV is development',
    )
}

/** A host is whatever a client sent. */
function printable(host: string): string {
  return /^[\w.:[\]-]{1,100}$/.test(host) ? host : 'this host'
}
