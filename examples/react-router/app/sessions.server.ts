import { createDynamoSessionStorage } from 'dynamodb-sessions/react-router'

interface SessionData {
  userId: string
  visits: number
}

const isDevelopment = process.env.NODE_ENV === 'development'

export const { getSession, commitSession, destroySession, regenerateSession } = createDynamoSessionStorage<SessionData>({
  tableName: 'sessions',
  userIdKey: 'userId',
  secretKey: process.env.SESSION_SECRET ?? (isDevelopment ? 'for development only' : undefined),
  // No sub-domain can set a cookie of that name. Browsers want it secure, which it is outside development.
  cookie: { name: isDevelopment ? '__session' : '__Host-session', maxAge: 60 * 60 * 24 * 7 },
})
