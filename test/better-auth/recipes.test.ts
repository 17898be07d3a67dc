// The recipes of docs/better-auth.md, as the page has them.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { onEveryEngine } from '../support/engines.ts'
import { readmeBlock } from '../support/readme.ts'

interface Auth0Store {
  update(id: string, session: object): Promise<boolean>
  get(id: string): Promise<unknown>
  set(id: string, session: object): Promise<void>
  delete(id: string): Promise<void>
  deleteByLogoutToken(token: { sub?: string; sid?: string }): Promise<void>
}

onEveryEngine(
  (table) => {
    let folder: string
    beforeAll(async () => {
      await mkdir(join(import.meta.dirname, '.readme'), { recursive: true })
      folder = await mkdtemp(join(import.meta.dirname, '.readme/run-'))
    })
    afterAll(() => rm(folder, { recursive: true, force: true }))

    async function recipe(name: string): Promise<Record<string, unknown>> {
      const file = join(folder, `${name.replace(' ', '-')}.ts`)
      await writeFile(file, readmeBlock(name, 'docs/better-auth.md'))
      vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', table.engine.endpoint)
      vi.stubEnv('AWS_DYNAMO_DB_SESSION_TABLE_NAME', table.options.tableName)
      vi.resetModules()
      return import(/* @vite-ignore */ file)
    }

    it("Auth0: keeps a session, and ends the one that Auth0's log-out names", async () => {
      const { sessionStore } = (await recipe('auth0')) as { sessionStore: Auth0Store }
      const ids = ['an-id-that-auth0-drew-1', 'an-id-that-auth0-drew-2']
      const session = (sid: string): object => ({ user: { sub: 'auth0|ada' }, internal: { sid, createdAt: 1 } })
      for (const id of ids) await sessionStore.set(id, session(id))
      await sessionStore.set(ids[0] as string, { ...session(ids[0] as string), more: true })
      expect(await sessionStore.get(ids[0] as string)).toMatchObject({ more: true, user: { sub: 'auth0|ada' } })
      await sessionStore.deleteByLogoutToken({ sub: 'auth0|ada', sid: ids[0] as string })
      expect([await sessionStore.get(ids[0] as string), await sessionStore.get(ids[1] as string)]).toEqual([
        null,
        session(ids[1] as string),
      ])
      await sessionStore.deleteByLogoutToken({ sub: 'auth0|ada' })
      expect(await sessionStore.get(ids[1] as string)).toBeNull()
      await sessionStore.delete(ids[1] as string)
      // A request that was under way brings nothing back.
      expect(await sessionStore.update(ids[1] as string, session(ids[1] as string))).toBe(false)
      expect(await sessionStore.get(ids[1] as string)).toBeNull()
    })

    it('iron-session: has an id in its cookie, and the data by key', async () => {
      vi.stubEnv('IRON_PASSWORD', 'a password of thirty-two characters or more')
      const { save, load, discard } = (await recipe('by key')) as {
        save(request: Request, response: Response, draft: object): Promise<void>
        load(request: Request, response: Response): Promise<unknown>
        discard(request: Request, response: Response): Promise<void>
      }
      const asked = (cookie = ''): Request => new Request('https://shop.example/', { headers: { cookie } })
      const first = new Response()
      await save(asked(), first, { text: 'hello' })
      const cookie = String(first.headers.getSetCookie()[0]).split(';')[0] as string
      await save(asked(cookie), new Response(), { text: 'x'.repeat(10_000) })
      expect([await load(asked(cookie), new Response()), await load(asked(), new Response())]).toEqual([
        { text: 'x'.repeat(10_000) },
        undefined,
      ])
      const last = new Response()
      await discard(asked(cookie), last)
      expect(last.headers.getSetCookie()).toEqual([expect.stringMatching(/^draft=;.*Max-Age=0/)])
      expect(await load(asked(cookie), new Response())).toBeUndefined()
    })
  },
  { userIdKey: 'sub' },
)
