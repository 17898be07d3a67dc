/** The key of the public data in the payload of a page: what the server and the application agree on. */
export const STATE = 'dynamodb-sessions'
/** Where a page asks for it again. */
export const DATA_ROUTE = '/_dynamodb-sessions'

/** What a page knows of the session. */
export interface PublicState {
  readonly data: Readonly<Record<string, unknown>>
  readonly loggedIn: boolean
}

/** Of a visitor without a session. */
export const nobody = (): PublicState => ({ data: {}, loggedIn: false })
