import { createDynamoSessionStorage } from 'dynamodb-sessions/remix'

export const { getSession, commitSession, destroySession, regenerateSession } = createDynamoSessionStorage<{ user: string }>({
  tableName: 'sessions',
  secretKey: process.env.SESSION_SECRET,
  cookie: { name: process.env.NODE_ENV === 'development' ? '__session' : '__Host-session', maxAge: 60 * 60 },
})
