import { DynamoSessionError } from '../core/base/errors.ts'

/** 401: the request has no session, or not one that the route requires. Both majors of h3 take it for an error of theirs. */
export class SessionRequiredError extends DynamoSessionError {
  /** How h3 1 tells its errors. */
  static __h3_error__ = true

  readonly status = 401
  readonly statusCode = 401
  readonly statusText = 'Unauthorized'
  readonly statusMessage = 'Unauthorized'

  constructor() {
    super('SESSION_REQUIRED', 'This request needs a session')
    // How h3 2 tells its errors.
    this.name = 'HTTPError'
  }

  toJSON(): { status: number; statusCode: number; statusText: string; statusMessage: string; message: string } {
    const { status, statusCode, statusText, statusMessage, message } = this
    return { status, statusCode, statusText, statusMessage, message }
  }
}
