// Middleware that refuses what pages of other origins send.
import { defineEventHandler } from '#imports'
import { csrfOptions } from '#dynamodb-sessions/public'
import { verifyCsrf } from './server.ts'

const refuseForged: unknown = defineEventHandler((event) => verifyCsrf(event, csrfOptions))

export default refuseForged
