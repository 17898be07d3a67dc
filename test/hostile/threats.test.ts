// Threats of docs/security.md that no other suite holds.
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { createHash, randomBytes } from 'node:crypto'
import type * as Crypto from 'node:crypto'
import { createCookie } from 'react-router'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { generateId } from '../../src/core/base/id.ts'
import { sign, unsign } from '../../src/core/base/signature.ts'
import { createSessionStore } from '../../src/index.ts'
import type { SessionStore } from '../../src/index.ts'
import { createDynamoSessionStorage } from '../../src/react-router.ts'
import { onEveryEngine } from '../support/engines.ts'
import { cookieOf } from '../support/cookie.ts'

const compared = vi.hoisted(() => ({ lengths: [] as number[] }))
vi.mock('node:crypto', async (importOriginal) => {
  const crypto = await importOriginal<typeof Crypto>()
  return {
    ...crypto,
    timingSafeEqual: (a: Buffer, b: Buffer) => {
      compared.lengths.push(a.length)
      return crypto.timingSafeEqual(a, b)
    },
  }
})
afterAll(() => vi.doUnmock('node:crypto'))

const SECRET = 'the secret of these tests'

onEveryEngine(({ options, client }) => {
  const itemAt = async (key: string) =>
    (await client.send(new GetItemCommand({ TableName: options.tableName, Key: { session_id: { S: key } }, ConsistentRead: true }))).Item

  describe('a stolen copy of the table', () => {
    it('holds nothing that works as a cookie, even for a thief who knows the signing secret', async () => {
      const storage = createDynamoSessionStorage<{ user: string }>({ ...options, secretKey: SECRET })
      const session = await storage.getSession()
      session.set('user', 'ada')
      const cookie = cookieOf(await storage.commitSession(session))
      const { id } = await storage.getSession(cookie)
      const key = createHash('sha256').update(id).digest('hex')
      const item = await itemAt(key)
      expect(item?.data).toEqual({ S: '{"user":"ada"}' })
      expect(JSON.stringify(item)).not.toContain(id)
      const tokens = [item?.version?.S, item?.session_id?.S, key, key.slice(0, 43)]
      for (const text of tokens) {
        const forged = cookieOf(await createCookie('__session', { secrets: [SECRET] }).serialize(text))
        expect((await storage.getSession(forged)).id).toBe('')
      }
    })

    it('shows no data where it is encrypted', async () => {
      const store = createSessionStore<{ card: string }>({ ...options, encryptionKey: randomBytes(32).toString('hex') })
      const { key } = await store.create({ card: 'kanarienvogel' })
      const bytes = Buffer.from((await itemAt(key))?.data?.B ?? [])
      expect(bytes.length).toBeGreaterThan(28)
      expect(bytes.toString('latin1')).not.toContain('kanarienvogel')
    })
  })

  describe('data of one session', () => {
    it('that is copied to another is accepted only where it is not encrypted', async () => {
      const plain: SessionStore<{ role: string }> = createSessionStore(options)
      const sealed: SessionStore<{ role: string }> = createSessionStore({
        ...options,
        encryptionKey: randomBytes(32).toString('hex'),
        errorHandler: () => {},
      })
      for (const store of [plain, sealed]) {
        const [admin, user] = [await store.create({ role: 'admin' }), await store.create({ role: 'user' })]
        const Item = { ...(await itemAt(admin.key)), session_id: { S: user.key } }
        await client.send(new PutItemCommand({ TableName: options.tableName, Item }))
        expect((await store.read(user.id))?.data.role).toBe(store === plain ? 'admin' : undefined)
      }
    })
  })

  describe('an encryption key', () => {
    it('that is rotated keeps old sessions readable, and a removed one does not', async () => {
      const [old, fresh] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')]
      const make = (encryptionKey: string[]) => createSessionStore<{ a: number }>({ ...options, encryptionKey, errorHandler: () => {} })
      const record = await make([old]).create({ a: 1 })
      const both = make([fresh, old])
      const read = await both.read(record.id)
      expect(read?.data).toEqual({ a: 1 })
      expect(await make([fresh]).read(record.id)).toBe(null)
      if (read) await both.update(read, { a: 2 })
      expect((await make([fresh]).read(record.id))?.data).toEqual({ a: 2 })
      expect(await make([old]).read(record.id)).toBe(null)
    })
  })
})

describe('a signature', () => {
  it('is compared in constant time, whatever part of it is wrong', () => {
    const signed = sign(generateId(), SECRET)
    for (const forged of [
      `${signed.slice(0, -1)}!`,
      signed.replace('.', '.!').slice(0, signed.length),
      sign(signed.split('.')[0] as string, 'other'),
    ]) {
      compared.lengths.splice(0)
      expect(unsign(forged, [SECRET, 'another secret'])).toBe(undefined)
      expect(compared.lengths).toEqual([signed.length, signed.length])
    }
    expect(unsign(signed, ['another secret', SECRET])).toBe(signed.split('.')[0])
  })
})
