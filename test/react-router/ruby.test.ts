// The recipe of docs/ruby.md for one cookie that Ruby and React Router both take, word for word.
import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { createHmac, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Session } from 'react-router'
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { DynamoSessionStorage } from '../../src/react-router.ts'
import { cookieOf } from '../support/cookie.ts'
import { onEveryEngine } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'
import { readmeBlock } from '../support/readme.ts'

type Data = Record<string, unknown>
const SECRET = 'the secret of the gem'
/** The gem's own check of a cookie. */
const isRubys = (id: string): boolean => {
  const [mac, sid] = id.split('--') as [string, string]
  return mac === createHmac('md5', SECRET).update(sid).digest('hex')
}
const rubyId = (secret = SECRET): string => {
  const sid = randomBytes(32).toString('hex')
  return `${createHmac('md5', secret).update(sid).digest('hex')}--${sid}`
}

onEveryEngine(({ engine, options, client }) => {
  const proxy = useProxy(engine)
  let folder = ''
  let storage: DynamoSessionStorage<Data>
  const open = (id: string): Promise<Session<Data, Data>> => storage.getSession(`other=1; _session_id=${id}`)

  beforeEach(async () => {
    vi.resetModules()
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', proxy.endpoint)
    vi.stubEnv('AWS_DYNAMO_DB_SESSION_SECRET_KEY', SECRET)
    const parent = join(import.meta.dirname, '..', '.readme')
    await mkdir(parent, { recursive: true })
    folder ||= await mkdtemp(join(parent, 'ruby-'))
    const file = join(folder, 'sessions.server.ts')
    await writeFile(file, readmeBlock('app/sessions.server.ts', 'docs/ruby.md').replace("'sessions'", `'${options.tableName}'`))
    storage = (await import(/* @vite-ignore */ file)) as DynamoSessionStorage<Data>
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  describe('one cookie for Ruby and React Router', () => {
    it('of Ruby is read here, and its session goes on under it', async () => {
      const id = rubyId()
      const now = Math.floor(Date.now() / 1000)
      const Item = {
        session_id: { S: id },
        data: { S: '{"user":"ada"}' },
        updated_at: { S: `${now}.25` },
        expire_at: { N: String(now + 1000) },
      }
      await client.send(new PutItemCommand({ TableName: options.tableName, Item }))
      const session = await open(id)
      expect(session.data).toEqual({ user: 'ada' })
      session.set('seen', true)
      expect(await storage.commitSession(session)).toMatch(new RegExp(`^_session_id=${id}; .*HttpOnly; Secure; SameSite=Lax`))
      expect((await open(id)).data).toEqual({ user: 'ada', seen: true })
    })

    it('of a session that was made or moved here is one that Ruby takes', async () => {
      const session = await storage.getSession(null)
      session.set('a', 1)
      const made = cookieOf(await storage.commitSession(session)).replace('_session_id=', '')
      expect(isRubys(made)).toBe(true)
      const again = await open(made)
      expect(again.data).toEqual({ a: 1 })
      const moved = cookieOf(await storage.regenerateSession(again)).replace('_session_id=', '')
      expect(isRubys(moved)).toBe(true)
      expect((await open(moved)).data).toEqual({ a: 1 })
      expect(await storage.destroySession(await open(moved))).toMatch(/^_session_id=; .*Expires=Thu, 01 Jan 1970/)
      expect((await open(moved)).data).toEqual({})
    })

    it('that is forged costs no request', async () => {
      proxy.reset()
      for (const id of [rubyId('another'), 'x'.repeat(98), '', rubyId().replace('--', '-'), '%00'])
        expect((await open(id)).data).toEqual({})
      expect(proxy.requests).toEqual([])
    })
  })
})
