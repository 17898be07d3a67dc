import { CsrfError } from '../core/csrf/error.ts'
import type { CsrfReason } from '../core/csrf/error.ts'

/** The same, which both majors of h3 take for an error of theirs. */
export class EventCsrfError extends CsrfError {
  /** How h3 1 tells its errors. */
  static __h3_error__ = true
  // How h3 2 tells its errors.
  override name = 'HTTPError'

  readonly statusText = 'Forbidden'
  readonly statusMessage = 'Forbidden'
  readonly data: { readonly reason: CsrfReason } = { reason: this.reason }

  toJSON(): { status: number; statusCode: number; statusText: string; statusMessage: string; message: string; data: object } {
    const { status, statusCode, statusText, statusMessage, message, data } = this
    return { status, statusCode, statusText, statusMessage, message, data }
  }
}
