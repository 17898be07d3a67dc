import { redirect } from 'react-router'
import type { ActionFunctionArgs } from 'react-router'
import { getSession, regenerateSession } from '../sessions.server'

export async function action({ request }: ActionFunctionArgs) {
  const session = await getSession(request.headers.get('Cookie'))
  // Check a password here.
  session.set('userId', String((await request.formData()).get('username')))
  // A new id at every log-in, so that nobody can plant one beforehand.
  return redirect('/', { headers: { 'Set-Cookie': await regenerateSession(session) } })
}
