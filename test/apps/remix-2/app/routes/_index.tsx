import { redirect } from '@remix-run/node'
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node'
import { useLoaderData } from '@remix-run/react'
import { destroySession, getSession, regenerateSession } from '../sessions.server'

export async function loader({ request }: LoaderFunctionArgs) {
  const session = await getSession(request.headers.get('Cookie'))
  return { user: session.get('user') ?? 'nobody' }
}

export async function action({ request }: ActionFunctionArgs) {
  const session = await getSession(request.headers.get('Cookie'))
  const user = (await request.formData()).get('user')
  if (user === null) return redirect('/', { headers: { 'Set-Cookie': await destroySession(session) } })
  session.set('user', String(user))
  return redirect('/', { headers: { 'Set-Cookie': await regenerateSession(session) } })
}

export default function Home() {
  return <p>user: {useLoaderData<typeof loader>().user}.</p>
}
