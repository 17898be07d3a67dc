// examples/astro from the packed tarball: installed in a fresh folder, built, started as its `npm start` does, and visited.
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProject, installWith, run } from './npm.ts'
import { tarball } from './packed.ts'
import { bareEnvironment, startServer } from './server.ts'
import type { RunningServer } from './server.ts'

let app: Awaited<ReturnType<typeof createProject>>
let server: RunningServer

beforeAll(async () => {
  app = await createProject()
  await cp(join(import.meta.dirname, '../../examples/astro'), app.project, { recursive: true })
  await installWith(app.project, tarball)
  const env = { ...bareEnvironment(), ASTRO_TELEMETRY_DISABLED: '1' }
  await run(app.project, env, join(app.project, 'node_modules/.bin/astro'), 'build')
  server = await startServer(app.project, 'start.js', env)
}, 600_000)

afterAll(async () => {
  await server?.stop()
  await app?.remove()
})

test('counts visits, logs in under a new id, and logs out for good', async () => {
  let cookie = ''
  const visit = async (method: string, path: string, sent = cookie): Promise<Response> => {
    const response = await fetch(server.origin + path, {
      method,
      headers: { cookie: sent, 'content-type': 'application/json' },
      redirect: 'manual',
    })
    const [setCookie] = response.headers.getSetCookie()
    if (setCookie !== undefined && sent === cookie) cookie = setCookie.split(';')[0] as string
    return response
  }
  const seen = async (sent?: string): Promise<unknown> => (await visit('GET', '/', sent)).json()
  expect(await seen()).toEqual({ visits: 1 })
  expect(await seen()).toEqual({ visits: 2 })
  const visitor = cookie
  expect((await visit('POST', '/login')).status).toBe(302)
  expect(cookie).not.toBe(visitor)
  expect(await seen()).toEqual({ visits: 3, user: 'ada' })
  expect(await seen(visitor)).toEqual({ visits: 1 })
  const user = cookie
  expect((await visit('POST', '/logout')).status).toBe(302)
  // The old id shows nothing, and what is written to it within a minute does not stay.
  expect(await seen(user)).toEqual({ visits: 1 })
  expect(await seen(user)).toEqual({ visits: 1 })
})
