// Not with `module: node16`, whose TypeScript knows no `require` of an ES module.
import { createSessionStore } from 'dynamodb-sessions'
import type { SessionStore } from 'dynamodb-sessions'
import dynamodb = require('dynamodb-sessions/driver')

export const store: SessionStore<{ userId: string }> = createSessionStore()
export const driver = dynamodb.default({ tableName: 'sessions' })
