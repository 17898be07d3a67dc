import { setTimeout as sleep } from 'node:timers/promises'
import { redirect, useLoaderData } from 'react-router'
import { commitSession, cookieOf, getSession } from '../sessions.server.ts'

export async function loader({ request }: { request: Request }) {
  const session = await getSession(cookieOf(request))
  return { theme: session.get('theme') ?? '', language: session.get('language') ?? '' }
}

export async function action({ request }: { request: Request }) {
  const session = await getSession(cookieOf(request))
  const form = await request.formData()
  for (const name of ['theme', 'language'] as const) {
    const value = form.get(name)
    if (value !== null) session.set(name, String(value))
  }
  // So that another tab can do something between the read and the commit.
  await sleep(Number(form.get('wait') ?? 0))
  return redirect('/account/settings', { headers: { 'Set-Cookie': await commitSession(session) } })
}

export default function Settings() {
  const { theme, language } = useLoaderData<typeof loader>()
  return <section data-theme={theme} data-language={language} />
}
