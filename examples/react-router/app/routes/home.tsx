import { Form, data, useLoaderData } from 'react-router'
import type { LoaderFunctionArgs } from 'react-router'
import { commitSession, getSession } from '../sessions.server'

export async function loader({ request }: LoaderFunctionArgs) {
  const session = await getSession(request.headers.get('Cookie'))
  const visits = (session.get('visits') ?? 0) + 1
  session.set('visits', visits)
  return data({ visits, user: session.get('userId') }, { headers: { 'Set-Cookie': await commitSession(session) } })
}

export default function Home() {
  const { visits, user } = useLoaderData<typeof loader>()
  return (
    <main>
      <p>{`Visits: ${visits}, ${user ? `logged in as ${user}` : 'not logged in'}`}</p>
      <Form method="post" action="/login">
        <input name="username" aria-label="Name" required /> <button>Log in</button>
      </Form>
      <Form method="post" action="/logout">
        <button>Log out</button>
      </Form>
    </main>
  )
}
