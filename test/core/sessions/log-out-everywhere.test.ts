// "Log out everywhere" reaches what the index does not show yet, and spares the session that asks (guarantee 16).
import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import { expect, it, vi } from 'vitest'
import { createSessionStore } from '../../../src/index.ts'
import type { SessionRecord, SessionStore } from '../../../src/index.ts'
import { onEveryEngine } from '../../support/engines.ts'
import { pauses } from '../../support/pauses.ts'
import { useProxy } from '../../support/proxy.ts'

vi.mock(import('../../../src/core/base/wait.ts'), async (original) => (await import('../../support/pauses.ts')).shortPauses(original))

type Data = Record<string, unknown>

onEveryEngine(
  ({ engine, options, client }) => {
    const proxy = useProxy(engine)
    let users = 0
    const setUp = (): { store: SessionStore<Data>; uid: string } => ({
      store: createSessionStore<Data>({ ...options, endpoint: proxy.endpoint, userIdKey: 'uid' }),
      uid: `user-${users++}`,
    })
    /** The index shows these keys at each look, and nothing afterwards. */
    const showIndex = (...looks: (readonly string[])[]): void => {
      proxy.rewrite = ({ operation }, answer) => {
        if (operation !== 'Query') return answer
        const keys = looks.shift() ?? []
        return { Items: keys.map((S) => ({ session_id: { S } })), Count: keys.length }
      }
    }
    const moved = async (store: SessionStore<Data>, record: SessionRecord<Data>, more: object = {}): Promise<SessionRecord<Data>> =>
      (await store.regenerate(record, more)) as SessionRecord<Data>
    const itemAt = async (key: string) =>
      (await client.send(new GetItemCommand({ TableName: options.tableName, Key: { session_id: { S: key } }, ConsistentRead: true }))).Item

    it('looks again where a first look finds nothing', async () => {
      const { store, uid } = setUp()
      const record = await store.create({ uid })
      showIndex([], [record.key])
      proxy.requests.splice(0)
      pauses.splice(0)
      expect(await store.destroyByUser(uid)).toBe(1)
      expect(pauses).toEqual([1000, 1000])
      expect(await store.read(record.id)).toBeNull()
      showIndex()
      proxy.requests.splice(0)
      expect(await store.destroyByUser('nobody')).toBe(0)
      expect(proxy.operations()).toEqual(['Query', 'Query'])
    })

    it.each([0, 30])('ends what a session moved on to that the index still shows, with grace %i', async (grace) => {
      const { store, uid } = setUp()
      const first = await store.create({ uid })
      const second = await moved(store, first, { grace })
      const third = await moved(store, second, { grace })
      showIndex([first.key])
      await store.destroyByUser(uid)
      for (const { id } of [first, second, third]) expect(await store.read(id)).toBeNull()
    })

    it('follows nothing that is another user’s by now', async () => {
      const { store, uid } = setUp()
      const first = await store.create({ uid })
      const second = await moved(store, first, { data: { uid: 'eve' }, grace: 30 })
      showIndex([first.key])
      expect(await store.destroyByUser(uid)).toBe(0)
      expect(await store.read(second.id)).not.toBeNull()
    })

    it('ends the sibling of a log-in that was sent twice, and the old id in its grace time', async () => {
      const { store, uid } = setUp()
      const guest = await store.create({ cart: 1 })
      const again = (await store.read(guest.id)) as SessionRecord<Data>
      const first = await moved(store, guest, { data: { cart: 1, uid }, grace: 30 })
      const second = await moved(store, again, { data: { cart: 1, uid } })
      expect(await store.read(guest.id)).not.toBeNull()
      showIndex([first.key])
      expect(await store.destroyByUser(uid)).toBe(3)
      for (const { id } of [guest, first, second]) expect(await store.read(id)).toBeNull()
      expect(await itemAt(guest.key)).not.toHaveProperty('data')
    })

    it('spares a session and what it moved on to, before or between the looks, for one read a look', async () => {
      const { store, uid } = setUp()
      const first = await store.create({ uid })
      const other = await store.create({ uid })
      const direct = createSessionStore<Data>({ ...options, userIdKey: 'uid' })
      let current = first
      let queries = 0
      proxy.fault = async ({ operation }) => {
        // At each look it moves on, in time for the index to show it.
        if (operation === 'Query' && ++queries <= 2) current = await moved(direct, current, { grace: 30 })
        return undefined
      }
      proxy.requests.splice(0)
      expect(await store.destroyByUser(uid, { exceptId: first.id })).toBe(1)
      expect(proxy.operations().filter((operation) => operation === 'GetItem')).toHaveLength(2)
      expect(queries).toBe(2)
      expect(await store.read(current.id)).not.toBeNull()
      expect(await store.read(other.id)).toBeNull()
      // The data of before stays for the rest of its grace time.
      expect(await store.read(first.id)).not.toBeNull()
    })

    it('ends an old id in its grace time from which the session moved on since', async () => {
      const { store, uid } = setUp()
      const first = await store.create({ uid })
      const second = await moved(store, first, { grace: 30 })
      const third = await moved(store, second)
      await store.destroyByUser(uid)
      for (const { id } of [first, second, third]) expect(await store.read(id)).toBeNull()
    })

    it('a log-out ends every old id that is still in its grace time', async () => {
      const { store, uid } = setUp()
      const first = await store.create({ uid })
      const second = await moved(store, first, { grace: 30 })
      const third = await moved(store, second, { grace: 30 })
      await store.destroy(third.id)
      for (const { id } of [first, second, third]) expect(await store.read(id)).toBeNull()
    })

    it('deletes no key of another application that a record names', async () => {
      const { store, uid } = setUp()
      const foreign = createSessionStore<Data>({ ...options, keyPrefix: 'blog:', userIdKey: 'uid' })
      const theirs = await foreign.create({ uid: 'x' })
      const first = await store.create({ uid })
      await moved(store, first)
      showIndex([theirs.key, first.key])
      expect(await store.destroyByUser(uid)).toBe(1)
      expect(await foreign.read(theirs.id)).not.toBeNull()
    })
  },
  { userIdKey: 'uid' },
)
