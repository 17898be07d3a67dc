// Forged requests: what the cookie of React Router and Remix 2 says about who sent one.
import { MissingSecretKeyError } from '../core/base/errors.ts'
import { verifyRequest } from '../core/csrf/csrf.ts'
import { headerOf } from '../core/csrf/request.ts'
import { csrfTokenOf } from '../core/csrf/token.ts'
import type { CsrfRequest, VerifyCsrfOptions } from '../core/csrf/types.ts'
import type { Handle } from '../core/sessions/handle.ts'
import type { Snapshot } from '../core/sessions/record/snapshot.ts'
import type { Sessions } from '../core/sessions/sessions.ts'
import { checkCookie, tokenSecrets } from './cookie.ts'
import type { CookieLike, Reader } from './cookie.ts'

/** What a storage does against forged requests. */
export interface CsrfMethods<Session> {
  /**
   * A token for a form of this session, as its field `_csrf` or the header `X-CSRF-Token`: another text at each call, good until the session
   * ends or is regenerated. A new session is stored for it, by one write; `commitSession` or the middleware then gives its cookie.
   * @returns `''` for a session that is moved or gone.
   * @throws MissingSecretKeyError without `secretKey` beside a Cookie object, which does not show its secrets.
   */
  csrfToken(session: Session): Promise<string>
  /**
   * Refuses a request that changes something and was not sent by a page of this origin, as `Sec-Fetch-Site` or `Origin` say; where neither is
   * there, it must bring the token, in the header or in a form up to 1 MB, of which a copy is read. DynamoDB is asked for nothing.
   * @throws CsrfError, whose `status` is 403.
   */
  verifyCsrf(request: CsrfRequest, options?: VerifyCsrfOptions): Promise<void>
}

interface StorageCsrf<Session> {
  readonly methods: CsrfMethods<Session>
  /** Whether the record was made for a token, and its cookie is still to be sent. */
  owesCookie(handle: Handle): boolean
}

export function createStorageCsrf<Session extends { readonly data: object }>(
  { options, serialization }: Sessions,
  signedCookie: () => CookieLike,
  idsFrom: Reader['idsFrom'],
  handleOf: (session: Session) => Promise<Handle>,
): StorageCsrf<Session> {
  const unsent = new WeakMap<Handle, Snapshot>()
  return {
    owesCookie: (handle) => handle.snapshot !== undefined && unsent.get(handle) === handle.snapshot,
    methods: {
      async csrfToken(session) {
        const cookie = signedCookie()
        const [secret] = tokenSecrets(cookie, options)
        if (secret === undefined) {
          throw new MissingSecretKeyError(
            'Tokens of forms are made by `secretKey`: set it, or AWS_DYNAMO_DB_SESSION_SECRET_KEY, beside a Cookie object, which does not show its secrets',
          )
        }
        const handle = await handleOf(session)
        await handle.inTurn('save', async () => {
          if (handle.state !== 'new') return
          await checkCookie(cookie, {})
          const { snapshot } = await handle.save(serialization.serializeObject(session.data))
          if (snapshot) unsent.set(handle, snapshot)
        })
        return handle.id === undefined ? '' : csrfTokenOf(handle.id, secret)
      },
      async verifyCsrf(request, csrf = {}) {
        const cookie = signedCookie()
        await verifyRequest(request, csrf, () => ({
          isSecure: async () => SECURE.test(await cookie.serialize('')),
          ids: () => idsFrom(headerOf(request, 'cookie')),
          secrets: () => tokenSecrets(cookie, options),
        }))
      },
    },
  }
}

/** A Cookie object shows its attributes by its text only. */
const SECURE = /;\s*secure\s*(?:;|$)/i
