import { Outlet, useLoaderData } from 'react-router'
import { cookieOf, getSession } from './sessions.server.ts'

export async function loader({ request }: { request: Request }) {
  // The branch with middleware reads the session there.
  if (new URL(request.url).pathname.startsWith('/middleware')) return { user: null }
  const session = await getSession(cookieOf(request))
  return { user: session.get('user') ?? null }
}

export default function Root() {
  const { user } = useLoaderData<typeof loader>()
  return (
    <html lang="en">
      <head>
        <title>Sessions</title>
      </head>
      <body>
        <header data-user={user ?? 'nobody'} />
        <Outlet />
      </body>
    </html>
  )
}
