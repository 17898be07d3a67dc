// Forged requests: what the cookie of web and h3 says about who sent one.
import { verifyRequest } from '../core/csrf/csrf.ts'
import { headerOf, hostsOf } from '../core/csrf/request.ts'
import type { Sent } from '../core/csrf/verify.ts'
import type { CsrfRequest, VerifyCsrfOptions } from '../core/csrf/types.ts'
import { signedIds } from './cookie.ts'
import type { CookieSessions } from './options.ts'
import type { DynamoSessionOptions } from './types.ts'

/** The flat set, of which the secret and the cookie count here, with what one call may say. */
export interface CsrfSessionOptions extends DynamoSessionOptions, VerifyCsrfOptions {}

export function partsOf({ token, origins, except, ...options }: CsrfSessionOptions): {
  readonly csrf: VerifyCsrfOptions
  readonly options: DynamoSessionOptions
} {
  return { csrf: { token, origins, except }, options }
}

/** What the cookie decides by the host that the browser asked for: its name, and whether it is `Secure`. */
export function cookieParts(
  { cookieOf, secrets }: CookieSessions,
  host: string,
  header: string | undefined,
): Pick<Sent, 'isSecure' | 'ids' | 'secrets'> {
  const { name, attributes } = cookieOf(host)
  return { isSecure: () => attributes.secure === true, ids: () => signedIds(header, name, secrets), secrets: () => secrets }
}

export async function verifyOn(request: CsrfRequest, source: CookieSessions, csrf: VerifyCsrfOptions): Promise<void> {
  await verifyRequest(request, csrf, () => {
    const [host = ''] = hostsOf(request)
    return cookieParts(source, host, headerOf(request, 'cookie'))
  })
}
