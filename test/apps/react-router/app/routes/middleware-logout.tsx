import { redirect } from 'react-router'
import { destroySession, sessionOf } from '../sessions.server.ts'

export async function action({ context }: { context: unknown }) {
  throw redirect('/middleware', { headers: { 'Set-Cookie': await destroySession(sessionOf(context)) } })
}
