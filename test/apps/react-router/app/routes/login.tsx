import { redirect } from 'react-router'
import { commitSession, cookieOf, getSession, regenerateSession } from '../sessions.server.ts'

export async function action({ request }: { request: Request }) {
  const session = await getSession(cookieOf(request))
  const form = await request.formData()
  if (form.get('password') !== 'correct horse') {
    session.flash('message', 'Wrong password')
    throw redirect('/', { headers: { 'Set-Cookie': await commitSession(session) } })
  }
  session.set('user', String(form.get('user')))
  throw redirect('/account/settings', { headers: { 'Set-Cookie': await regenerateSession(session) } })
}
