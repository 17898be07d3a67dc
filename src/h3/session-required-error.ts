import { UnauthorizedError } from '../web/unauthorized.ts'

/** 401: the request has no session, or not one that the route requires. Both majors of h3 take it for an error of theirs. */
export class SessionRequiredError extends UnauthorizedError {
  constructor() {
    super('SESSION_REQUIRED', 'This request needs a session')
  }
}
