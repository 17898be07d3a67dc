// The first code of frameworks that have files in places of their own.

export const REACT_ROUTER: Readonly<Record<string, string>> = {
  'app/sessions.server.ts': `import { createDynamoSessionStorage } from 'dynamodb-sessions/react-router'
import options from '../dynamodb-sessions.config'

interface SessionData {
  userId: string
}
interface SessionFlashData {
  error: string
}

export const { getSession, commitSession, destroySession, regenerateSession } = createDynamoSessionStorage<SessionData, SessionFlashData>({
  ...options,
  secretKey: process.env.SESSION_SECRET, // or a list: the first signs, all verify
  // No sub-domain can set a cookie of that name. Browsers want it secure, which it is outside development.
  cookie: { name: process.env.NODE_ENV === 'development' ? '__session' : '__Host-session', maxAge: 60 * 60 * 24 * 7 },
})
`,
  'app/routes/login.tsx': `import { Form, data, redirect, useLoaderData } from 'react-router'
import { commitSession, getSession, regenerateSession } from '../sessions.server'

export async function loader({ request }: { request: Request }) {
  const session = await getSession(request.headers.get('Cookie'))
  const [userId, error] = [session.get('userId'), session.get('error')]
  return data({ userId, error }, { headers: { 'Set-Cookie': await commitSession(session) } })
}

export async function action({ request }: { request: Request }) {
  const session = await getSession(request.headers.get('Cookie'))
  const username = String((await request.formData()).get('username') ?? '')
  // Check a password here.
  if (username === '') {
    session.flash('error', 'Who are you?')
    return redirect('/login', { headers: { 'Set-Cookie': await commitSession(session) } })
  }
  session.set('userId', username)
  // A new id at every log-in, so that nobody can plant one beforehand.
  return redirect('/login', { headers: { 'Set-Cookie': await regenerateSession(session) } })
}

export default function Login() {
  const { userId, error } = useLoaderData<typeof loader>()
  return (
    <main>
      <p>{error ?? (userId ? \`Logged in as \${userId}\` : 'Not logged in')}</p>
      <Form method="post">
        <input name="username" aria-label="Name" /> <button>Log in</button>
      </Form>
      <Form method="post" action="/logout">
        <button>Log out</button>
      </Form>
    </main>
  )
}
`,
  'app/routes/logout.ts': `import { redirect } from 'react-router'
import { destroySession, getSession } from '../sessions.server'

export async function action({ request }: { request: Request }) {
  const session = await getSession(request.headers.get('Cookie'))
  return redirect('/login', { headers: { 'Set-Cookie': await destroySession(session) } })
}
`,
}

export const NUXT: Readonly<Record<string, string>> = {
  'server/api/login.post.ts': `export default defineEventHandler(async (event) => {
  const { username } = await readBody<{ username: string }>(event)
  const session = await useDynamoSession(event)
  // Check a password here.
  session.data.userId = username
  await session.regenerate() // a new id at every log-in, stored with what was changed
  return { userId: username }
})
`,
  'server/api/me.get.ts': `export default defineEventHandler(async (event) => {
  const { data } = await requireDynamoSession(event) // 401 without a user
  return { userId: data.userId }
})
`,
  'server/api/logout.post.ts': `export default defineEventHandler(async (event) => {
  await (await useDynamoSession(event)).clear()
  return { userId: null }
})
`,
}

/** Of Nuxt. Components need no import. */
export const LOG_IN = `<script setup lang="ts">
// What \`public\` names of the session, and no more.
const { data, loggedIn, refresh } = useDynamoSessionData()
const username = ref('')

async function send(path: '/api/login' | '/api/logout') {
  await $fetch(path, { method: 'POST', body: { username: username.value } })
  await refresh()
}
</script>

<template>
  <form v-if="loggedIn" @submit.prevent="send('/api/logout')">Logged in as {{ data.userId }} <button>Log out</button></form>
  <form v-else @submit.prevent="send('/api/login')">
    <input v-model="username" aria-label="Name" required /> <button>Log in</button>
  </form>
</template>
`

/** `read`: how the major reads a form. */
export const nitroFiles = (read: string): Readonly<Record<string, string>> => ({
  'routes/login.post.ts': `import { useDynamoSession } from 'dynamodb-sessions/h3'

export default async (event) => {
  const session = await useDynamoSession<{ userId: string }>(event)
  // Check a password here.
  session.data.userId = String((await ${read}).get('username'))
  await session.regenerate() // a new id at every log-in, stored with what was changed
  return { userId: session.data.userId }
}
`,
  'routes/me.get.ts': `import { requireDynamoSession } from 'dynamodb-sessions/h3'

export default async (event) => {
  const { data } = await requireDynamoSession<{ userId: string }>(event) // 401 without a user
  return { userId: data.userId }
}
`,
  'routes/logout.post.ts': `import { useDynamoSession } from 'dynamodb-sessions/h3'

export default async (event) => {
  await (await useDynamoSession(event)).clear()
  return { userId: null }
}
`,
})

export const ASTRO: Readonly<Record<string, string>> = {
  'src/pages/api/login.ts': `import type { APIRoute } from 'astro'

export const POST: APIRoute = async ({ request, session }) => {
  const userId = String((await request.formData()).get('username'))
  // Check a password here.
  await session?.regenerate()
  session?.set('userId', userId)
  return Response.json({ userId })
}
`,
  'src/pages/api/me.ts': `import type { APIRoute } from 'astro'

export const GET: APIRoute = async ({ session }) => Response.json({ userId: (await session?.get('userId')) ?? null })
`,
  'src/pages/api/logout.ts': `import type { APIRoute } from 'astro'

export const POST: APIRoute = ({ session }) => {
  session?.destroy()
  return Response.json({ userId: null })
}
`,
}
