import { redirect } from 'react-router'
import { sessionOf } from '../sessions.server.ts'

export async function action({ context, request }: { context: unknown; request: Request }) {
  const session = sessionOf(context)
  const form = await request.formData()
  session.set('user', String(form.get('user')))
  session.flash('message', 'Welcome')
  throw redirect('/middleware')
}
