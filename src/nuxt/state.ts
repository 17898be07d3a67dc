/** The key of the public data in the payload of a page: what the server and the application agree on. */
export const STATE = 'dynamodb-sessions'
