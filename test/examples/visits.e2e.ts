// The examples, started as README says, and visited.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { describe, it } from 'vitest'
import type { TestContext } from 'vitest'
import { bareEnvironment, printedOrigin } from '../e2e/server.ts'

const names = readdirSync('examples').filter((file) => file.endsWith('.js') && file !== 'start.js')

/** Starts one, and resolves with where it listens. */
async function start(name: string, onTestFinished: TestContext['onTestFinished']): Promise<string> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/start.js', name], { env: { ...bareEnvironment(), PORT: '0' } })
  const exited = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exited
  })
  return printedOrigin(child)
}

/** A browser, which keeps its cookies. */
function browse(origin: string): (method: string, path: string, body?: object) => Promise<Response> {
  const jar = new Map<string, string>()
  return async (method, path, body) => {
    const cookie = [...jar].map((pair) => pair.join('=')).join('; ')
    const response = await fetch(origin + path, {
      method,
      headers: { cookie, origin, ...(body ? { 'content-type': 'application/json' } : {}) },
      redirect: 'manual',
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    for (const setCookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(setCookie) as unknown as [string, string, string]
      if (value) jar.set(name, value)
      else jar.delete(name)
    }
    return response
  }
}

describe.concurrent('npm run example', () => {
  it.for(names.filter((name) => name !== 'better-auth.js'))(
    '%s counts visits, logs in and logs out',
    async (file, { expect, onTestFinished }) => {
      const visit = browse(await start(file.slice(0, -'.js'.length), onTestFinished))
      const seen = async (): Promise<unknown> => (await visit('GET', '/')).json()
      expect(await seen()).toEqual({ visits: 1 })
      expect(await seen()).toEqual({ visits: 2 })
      expect((await visit('POST', '/login')).status).toBeLessThan(400)
      expect(await seen()).toMatchObject({ user: 'ada' })
      expect((await visit('POST', '/logout')).status).toBeLessThan(400)
      expect(await seen()).toEqual({ visits: 1 })
    },
  )
})

it('better-auth.js signs up, knows who it is, and signs out', async ({ expect, onTestFinished }) => {
  const visit = browse(await start('better-auth', onTestFinished))
  const user = async (): Promise<unknown> => (await visit('GET', '/')).json()
  expect(await user()).toEqual({})
  const body = { name: 'Ada', email: 'ada@example.com', password: 'correct horse battery' }
  expect((await visit('POST', '/api/auth/sign-up/email', body)).status).toBe(200)
  expect(await user()).toEqual({ user: 'Ada' })
  expect((await visit('POST', '/api/auth/sign-out', {})).status).toBe(200)
  expect(await user()).toEqual({})
})
