import { Outlet, redirect, useLoaderData } from 'react-router'
import { commitSession, cookieOf, getSession } from '../sessions.server.ts'

export async function loader({ request }: { request: Request }) {
  const session = await getSession(cookieOf(request))
  return { count: session.get('count') ?? 0 }
}

export async function action({ request }: { request: Request }) {
  const session = await getSession(cookieOf(request))
  session.set('count', (session.get('count') ?? 0) + 1)
  return redirect('/account/settings', { headers: { 'Set-Cookie': await commitSession(session) } })
}

export default function Account() {
  const { count } = useLoaderData<typeof loader>()
  return (
    <main data-count={count}>
      <Outlet />
    </main>
  )
}
