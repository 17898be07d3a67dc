import { data, useLoaderData } from 'react-router'
import { commitSession, cookieOf, getSession } from '../sessions.server.ts'

export async function loader({ request }: { request: Request }) {
  const session = await getSession(cookieOf(request))
  const message = session.get('message') ?? ''
  return data({ message }, { headers: { 'Set-Cookie': await commitSession(session) } })
}

export function headers({ loaderHeaders }: { loaderHeaders: Headers }) {
  return loaderHeaders
}

export default function Home() {
  return <p data-message={useLoaderData<typeof loader>().message} />
}
