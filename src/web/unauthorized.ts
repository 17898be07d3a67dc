// 401 as both majors of h3 understand it, and whoever looks at an error's `status`.
import { DynamoSessionError } from '../core/base/errors.ts'

/** What the response says of it, in h3's own shape. */
interface Shown {
  readonly status: number
  readonly statusCode: number
  readonly statusText: string
  readonly statusMessage: string
  readonly message: string
  readonly data?: unknown
}

export class UnauthorizedError extends DynamoSessionError {
  /** How h3 1 tells its errors. */
  static __h3_error__ = true

  readonly status = 401
  readonly statusCode = 401
  readonly statusText = 'Unauthorized'
  readonly statusMessage = 'Unauthorized'

  constructor(code: string, message: string) {
    super(code, message)
    // How h3 2 tells its errors.
    this.name = 'HTTPError'
  }

  toJSON(): Shown {
    const { status, statusCode, statusText, statusMessage, message } = this
    return { status, statusCode, statusText, statusMessage, message }
  }
}

/** 401: the user has to authenticate again, since that was too long ago, or nobody said when it was. */
export class FreshLogInRequiredError extends UnauthorizedError {
  /** What a page can tell from any other 401. */
  readonly data: { readonly reason: 'fresh-log-in'; readonly seconds: number }

  constructor(seconds: number) {
    super('FRESH_LOG_IN_REQUIRED', `This request needs a log-in of the last ${seconds} seconds`)
    this.data = { reason: 'fresh-log-in', seconds }
  }

  override toJSON(): Shown {
    return { ...super.toJSON(), data: this.data }
  }
}
