import { redirect } from 'react-router'
import { cookieOf, destroySession, getSession } from '../sessions.server.ts'

export async function action({ request }: { request: Request }) {
  const session = await getSession(cookieOf(request))
  return redirect('/', { headers: { 'Set-Cookie': await destroySession(session) } })
}
