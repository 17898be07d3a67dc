import { Outlet, useLoaderData } from 'react-router'
import { sessionMiddleware, sessionOf } from '../sessions.server.ts'

export const middleware = [sessionMiddleware]

export function loader({ context }: { context: unknown }) {
  return { user: sessionOf(context).get('user') ?? 'nobody' }
}

export default function Middleware() {
  const { user } = useLoaderData<typeof loader>()
  return (
    <main data-user={user}>
      <Outlet />
    </main>
  )
}
