// Forged requests: what the cookie of React Router and Remix 2 says about who sent one.
import { MissingSecretKeyError } from '../core/base/errors.ts'
import { verifyRequest } from '../core/csrf/csrf.ts'
import { headerOf } from '../core/csrf/request.ts'
import { csrfTokenOf } from '../core/csrf/token.ts'
import type { CsrfRequest, VerifyCsrfOptions } from '../core/csrf/types.ts'
import type { SessionOptions } from '../core/options/options.ts'
import type { Handle } from '../core/sessions/handle.ts'
import type { Content } from '../core/sessions/record/serialize.ts'
import type { Snapshot } from '../core/sessions/record/snapshot.ts'
import { checkCookie, tokenSecrets } from './cookie.ts'
import type { CookieLike, Reader } from './cookie.ts'

export interface Csrf {
  /**
   * The token of a session, which is stored for it with `content` where it is new.
   * @throws MissingSecretKeyError where a Cookie object keeps its secrets to itself and there is no `secretKey`.
   */
  tokenOf(handle: Handle, content: () => Content): Promise<string>
  /** Whether the record was made for a token, and its cookie is still to be sent. */
  owesCookie(handle: Handle): boolean
  verify(request: CsrfRequest, options?: VerifyCsrfOptions): Promise<void>
}

export function createStorageCsrf(signedCookie: () => CookieLike, options: SessionOptions, idsFrom: Reader['idsFrom']): Csrf {
  const unsent = new WeakMap<Handle, Snapshot>()
  return {
    async tokenOf(handle, content) {
      const [secret] = tokenSecrets(signedCookie(), options)
      if (secret === undefined) {
        throw new MissingSecretKeyError(
          'Tokens of forms are made by `secretKey`: set it, or AWS_DYNAMO_DB_SESSION_SECRET_KEY, beside a Cookie object, which does not show its secrets',
        )
      }
      await handle.inTurn('save', async () => {
        if (handle.state !== 'new') return
        await checkCookie(signedCookie(), {})
        const { snapshot } = await handle.save(content())
        if (snapshot) unsent.set(handle, snapshot)
      })
      return handle.id === undefined ? '' : csrfTokenOf(handle.id, secret)
    },
    owesCookie: (handle) => handle.snapshot !== undefined && unsent.get(handle) === handle.snapshot,
    async verify(request, csrf = {}) {
      const cookie = signedCookie()
      await verifyRequest(request, csrf, {
        isSecure: async () => SECURE.test(await cookie.serialize('')),
        ids: () => idsFrom(headerOf(request, 'cookie')),
        secrets: () => tokenSecrets(cookie, options),
      })
    },
  }
}

/** A Cookie object shows its attributes by its text only. */
const SECURE = /;\s*secure\s*(?:;|$)/i
