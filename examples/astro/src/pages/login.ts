import type { APIRoute } from 'astro'

export const POST: APIRoute = async ({ session, redirect }) => {
  await session?.regenerate()
  session?.set('user', 'ada')
  return redirect('/')
}
