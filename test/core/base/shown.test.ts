// What `console.log` and `util.inspect` print, whatever is asked of them: no id of a session, and no secret.
import { H3 } from 'h3'
import { format, inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import dynamodbDriver from '../../../src/driver.ts'
import { useDynamoSession } from '../../../src/h3.ts'
import { createSessionStore } from '../../../src/index.ts'
import type { SessionOptions } from '../../../src/index.ts'
import { createDynamoSessionStorage } from '../../../src/react-router.ts'
import { createDynamoSessionStorage as createRemix3Storage } from '../../../src/remix3.ts'
import { onEveryEngine } from '../../support/engines.ts'

const SECRET = 'a-secret-that-nobody-may-see'
const ENCRYPTION = Buffer.alloc(32, 7).toString('hex')
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'aws-secret-that-nobody-may-see' }

/** As much as can be asked for, and the usual. */
const prints = (value: unknown): string =>
  [
    format(value),
    inspect(value, { showHidden: true, depth: Infinity, maxStringLength: Infinity, maxArrayLength: Infinity }),
    inspect({ nested: [value] }, { showHidden: true, depth: Infinity, showProxy: true }),
    inspect(value, { showHidden: true, depth: Infinity, customInspect: false }),
    inspect(value, { showHidden: true, depth: Infinity, getters: true }),
  ].join('\n')

onEveryEngine(({ options }) => {
  const secrets = { secretKey: SECRET, encryptionKey: ENCRYPTION, credentials: CREDENTIALS }
  const hidden = (value: unknown, ...more: (string | undefined)[]): void => {
    const text = prints(value)
    for (const secret of [SECRET, ENCRYPTION, CREDENTIALS.secretAccessKey, ...more]) expect(text).not.toContain(secret)
  }

  describe.each([true, false])('with hashIds %s', (hashIds) => {
    const flat: SessionOptions = { ...options, ...secrets, hashIds, userIdKey: 'userId', lockExpiryTime: 60_000 }

    it('a store and its records', async () => {
      const store = createSessionStore<Record<string, unknown>>(flat)
      hidden(store)
      const record = await store.create({ userId: 'shown' })
      hidden(record, record.id)
      expect(inspect(record)).toContain("userId: 'shown'")
      hidden(await store.read(record.id), record.id)
      await store.withLock(record.id, async (session) => hidden(session, record.id))
      // It is what it was to whoever asks it.
      expect({ ...record }).toMatchObject({ id: record.id, key: store.keyOf(record.id), data: { userId: 'shown' } })
    })

    it('a driver', async () => {
      const driver = dynamodbDriver({ ...flat, driver: undefined } as object)
      const record = await createSessionStore({ driver, hashIds, encryptionKey: ENCRYPTION }).create({ a: 1 })
      hidden(driver, record.id)
      hidden(record, record.id)
    })

    it('sessions of frameworks, and what they keep on a request', async () => {
      const storage = createDynamoSessionStorage<Record<string, unknown>>(flat as object)
      const session = await storage.getSession(null)
      session.set('a', 1)
      await storage.commitSession(session)
      hidden(session, session.id)
      hidden(storage, session.id)
      const remix = createRemix3Storage(flat)
      const third = await remix.read(null)
      third.set('a', 1)
      await remix.save(third)
      expect(inspect(third)).not.toContain(third.id)
      const app = new H3()
      app.get('/', async (event) => {
        const own = await useDynamoSession(event, flat as object)
        await own.update({ a: 1 })
        hidden(own, own.id)
        hidden(event.context, own.id)
        return 'done'
      })
      expect(await (await app.request('/', { headers: { host: 'localhost' } })).text()).toBe('done')
    })
  })
})
