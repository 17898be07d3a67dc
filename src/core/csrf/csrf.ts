import { InvalidArgumentError, MissingSecretKeyError } from '../base/errors.ts'
import { copyOf, headerOf, hostsOf, tokenIn } from './request.ts'
import { csrfTokenOf } from './token.ts'
import type { CsrfOptions, CsrfRequest, VerifyCsrfOptions } from './types.ts'
import { checked, verifySent } from './verify.ts'
import type { Sent } from './verify.ts'

export interface CsrfKeyOptions extends CsrfOptions {
  /** What makes tokens, that of the cookies if you like: a text, or a list to rotate, of which the first makes them and all count. */
  secretKey: string | readonly string[] | undefined
}

/** Both work destructured. */
export interface Csrf {
  /** A token for the forms of the session with this id, another text at each call. */
  tokenOf(id: string): string
  /**
   * Lets a request pass that changes nothing or comes from a page of this origin; where browsers say neither `Sec-Fetch-Site` nor
   * `Origin`, it must bring the token of `id`.
   * @param options `isSecure`: whether browsers come by https only. Default `false`.
   * @throws CsrfError, whose `status` is 403.
   */
  verify(request: CsrfRequest, id: string | undefined, options?: VerifyCsrfOptions & { isSecure?: boolean | undefined }): Promise<void>
}

/**
 * Protection against forged requests where no adapter brings it: for the bare store, express-session, Fastify, Remix 3. It asks
 * DynamoDB for nothing. A token counts as long as its session's id: store a new session first.
 *
 * @throws MissingSecretKeyError without a `secretKey`; InvalidOptionError for `origins` or `except` that are none.
 * @example
 * const csrf = createCsrf({ secretKey: process.env.SESSION_SECRET })
 * app.use((request, response, next) => csrf.verify(request, request.sessionID).then(() => next(), next))
 */
export function createCsrf({ secretKey, ...options }: CsrfKeyOptions): Csrf {
  const secrets = [secretKey ?? []].flat()
  if (secrets.length === 0 || secrets.some((secret: unknown) => typeof secret !== 'string' || secret === ''))
    throw new MissingSecretKeyError(
      'Tokens of forms are made by `secretKey`: give createCsrf a long random text, that of the cookies if you like',
    )
  checked(options)
  return {
    tokenOf(id) {
      if (!isTokenable(id)) throw new InvalidArgumentError('id', 'must be the id of a session')
      return csrfTokenOf(id, secrets[0] as string)
    },
    verify(request, id, { isSecure = false, ...more } = {}) {
      const ids = isTokenable(id) ? [id] : []
      return verifyRequest(request, { ...options, ...more }, () => ({ isSecure: () => isSecure, ids: () => ids, secrets: () => secrets }))
    },
  }
}

/** Ids of express-session may be any text. */
function isTokenable(id: unknown): id is string {
  return typeof id === 'string' && id !== ''
}

/** The same for an adapter, which knows the session's cookie: it looks for it once the request is known to be one. */
export async function verifyRequest(
  request: CsrfRequest,
  { token, ...options }: VerifyCsrfOptions,
  cookie: () => Pick<Sent, 'isSecure' | 'ids' | 'secrets'>,
): Promise<void> {
  checkRequest(request)
  const header = (name: string): string | undefined => headerOf(request, name)
  await verifySent(
    {
      method: request.method,
      url: request.url ?? '/',
      header,
      hosts: hostsOf(request),
      token: () => token ?? tokenIn(header, async () => copyOf(request)),
      ...cookie(),
    },
    options,
  )
}

function checkRequest(request: CsrfRequest): asserts request is CsrfRequest & { readonly method: string } {
  if (typeof request?.headers !== 'object' || request.headers === null)
    throw new InvalidArgumentError('request', 'must be a request, with its `method` and `headers`')
  if (typeof request.method !== 'string')
    throw new InvalidArgumentError('request.method', 'must be the method of the request, such as POST')
}
