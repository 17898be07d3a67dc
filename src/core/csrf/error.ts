import { DynamoSessionError } from '../base/errors.ts'

/** Why a request was refused: a page of another site or sub-domain sent it, or of another origin; it had no token, or another session's. */
export type CsrfReason = 'cross-site' | 'origin' | 'no-token' | 'token'

const WHY: Readonly<Record<CsrfReason, string>> = {
  'cross-site': 'a page of another site or sub-domain sent it; name that in `origins`, if it may',
  origin: 'its Origin is not this server; pass the Host header on behind a proxy, or name the origin in `origins`',
  'no-token':
    'it says neither Sec-Fetch-Site nor Origin, and brings no token; send `csrfToken()` as the header X-CSRF-Token or the field _csrf, or name ' +
    'the path in `except`',
  token: 'its token is not that of the session, as in a form that was opened before a log-in; show the form again',
}

/** 403: a request that changes something was not sent by a page of the application. */
export class CsrfError extends DynamoSessionError {
  override name = 'CsrfError'
  readonly reason: CsrfReason
  readonly status = 403
  readonly statusCode = 403

  constructor(reason: CsrfReason) {
    super('CSRF', `The request was refused: ${WHY[reason]}`)
    this.reason = reason
  }
}
