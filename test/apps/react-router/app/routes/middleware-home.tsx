import { useLoaderData } from 'react-router'
import { sessionOf } from '../sessions.server.ts'

export function loader({ context }: { context: unknown }) {
  const session = sessionOf(context)
  return { message: session.get('message') ?? '', count: session.get('count') ?? 0 }
}

export function action({ context }: { context: unknown }) {
  const session = sessionOf(context)
  session.set('count', (session.get('count') ?? 0) + 1)
  return null
}

export default function MiddlewareHome() {
  const { message, count } = useLoaderData<typeof loader>()
  return <section data-message={message} data-count={count} />
}
