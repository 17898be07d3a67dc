import { setTimeout as sleep } from 'node:timers/promises'
import type { APIRoute } from 'astro'

/** Reads the session, takes its time, and sets one key. */
export const POST: APIRoute = async ({ session, url }) => {
  await session?.get('user')
  await sleep(Number(url.searchParams.get('wait')))
  session?.set(url.searchParams.get('key') ?? '', true)
  return Response.json({})
}

export const GET: APIRoute = async ({ session }) => Response.json([...((await session?.keys()) ?? [])])
