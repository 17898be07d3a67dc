import { createDynamoSessionStorage, createSessionMiddleware } from 'dynamodb-sessions/react-router'

interface SessionData {
  user: string
  theme: string
  language: string
  count: number
}
interface SessionFlashData {
  message: string
}

// `secure` is off since the test speaks plain HTTP, as a server behind a proxy does.
const storage = createDynamoSessionStorage<SessionData, SessionFlashData>({
  secretKey: process.env.SESSION_SECRET,
  cookie: { name: '__session', maxAge: 60 * 60 * 24, secure: false, sameSite: 'lax' },
})

export const { getSession, commitSession, destroySession, regenerateSession } = storage
export const [sessionMiddleware, sessionOf] = createSessionMiddleware(storage)

export function cookieOf(request: Request): string | null {
  return request.headers.get('Cookie')
}
