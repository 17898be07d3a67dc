// The same few things that a user does, through each door of the package.
import { createCookie } from 'react-router'
import { createStorage } from 'unstorage'
import type { Driver } from 'unstorage'
import { H3Event as Event2 } from 'h3'
import { createEvent } from 'h3-v1'
import { randomUUID } from 'node:crypto'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import dynamodbDriver from '../../src/driver.ts'
import { useDynamoSession, withDynamoSession } from '../../src/h3.ts'
import type { DynamoSession } from '../../src/h3.ts'
import { createSessionStore } from '../../src/index.ts'
import type { SessionOptions, SessionRecord } from '../../src/index.ts'
import { createDynamoSessionStorage as reactRouter } from '../../src/react-router.ts'
import { createDynamoSessionStorage as remix2 } from '../../src/remix.ts'
import { createDynamoSessionStorage as remix3 } from '../../src/remix3.ts'

export type Values = Record<string, unknown>

/** What a page does or waits for between its look at the session and its write. */
export type Meanwhile = () => Promise<void>

/**
 * One door. A cookie here is whatever the browser would hold. `change` and `touch` answer what they saw of the session before;
 * an answer of `undefined` says that the session is gone.
 */
export interface Door {
  readonly name: string
  logIn(values: Values): Promise<string>
  /** Adds a token to the log of that name. */
  change(cookie: string, name: string, token: number, meanwhile?: Meanwhile): Promise<Values | undefined>
  /** Looks, and extends the lifetime. */
  touch(cookie: string): Promise<Values | undefined>
  /** A door without is no session's: it writes whole items, also where none is, so that only one user at a time may write. */
  readonly regenerate: ((cookie: string, meanwhile?: Meanwhile) => Promise<string | undefined>) | undefined
  logOut(cookie: string): Promise<void>
  /** The session's id; the item's key where there is no session. */
  idOf(cookie: string): Promise<string>
}

const added = (seen: Values, name: string, token: number): number[] => [...((seen[name] ?? []) as number[]), token]

/** Events of both majors, as a browser with that cookie makes them. */
export const events = {
  'h3 1'(cookie?: string): ReturnType<typeof createEvent> {
    const incoming = new IncomingMessage(new Socket())
    incoming.headers = { host: 'localhost', ...(cookie ? { cookie } : {}) }
    return createEvent(incoming, new ServerResponse(incoming))
  },
  'h3 2': (cookie?: string): Event2 => new Event2(new Request('http://localhost/', cookie ? { headers: { cookie } } : {})),
}

/** `options` reach the table, and have a `secretKey`. */
export function doors(options: SessionOptions & { secretKey: string }): Door[] {
  const secrets = [options.secretKey]
  return [
    storeDoor('store', options, false),
    storeDoor('locks', options, true),
    storageDoor('react-router', reactRouter({ ...options, cookie: { name: 'faults', secrets } }), secrets),
    storageDoor('remix 2', remix2({ ...options, cookie: { name: 'faults', secrets } }), secrets),
    remix3Door(options),
    h3Door('h3 1', options, events['h3 1']),
    h3Door('h3 1, locks', { ...options, enableLocking: true }, events['h3 1']),
    h3Door('h3 2', options, events['h3 2']),
    h3Door('h3 2, locks', { ...options, enableLocking: true }, events['h3 2']),
    driverDoor(options),
  ]
}

function storeDoor(name: string, options: SessionOptions, isLocking: boolean): Door {
  const store = createSessionStore<Values>(options)
  const using = async <T>(id: string, use: (record: SessionRecord<Values>) => Promise<T>): Promise<T | undefined> => {
    const record = await store.read(id)
    return record ? use(record) : undefined
  }
  return {
    name,
    logIn: async (values) => (await store.create(values)).id,
    async change(id, key, token, meanwhile) {
      const add = async ({ data }: SessionRecord<Values>, write: (data: Values) => Promise<unknown>): Promise<Values | undefined> => {
        await meanwhile?.()
        return (await write({ ...data, [key]: added(data, key, token) })) ? data : undefined
      }
      if (isLocking) return (await store.withLock(id, ({ record, update }) => add(record, update))) ?? undefined
      return using(id, (record) => add(record, (data) => store.update(record, data)))
    },
    touch: (id) => using(id, async (record) => ((await store.touch(record)) ? record.data : undefined)),
    regenerate: async (id, meanwhile) =>
      (
        await using(id, async (record) => {
          await meanwhile?.()
          return store.regenerate(record)
        })
      )?.id,
    logOut: (id) => store.destroy(id),
    idOf: async (id) => id,
  }
}

interface Session {
  readonly data: Values
  set(name: string, value: unknown): void
}

interface Storage<S extends Session> {
  getSession(cookie?: string): Promise<S>
  commitSession(session: S): Promise<string>
  regenerateSession(session: S): Promise<string>
  destroySession(session: S): Promise<string>
  stateOf(session: S): string
}

function storageDoor<S extends Session>(name: string, storage: Storage<S>, secrets: string[]): Door {
  const cookies = createCookie('faults', { secrets })
  return {
    name,
    async logIn(values) {
      const session = await storage.getSession()
      for (const [key, value] of Object.entries(values)) session.set(key, value)
      return storage.commitSession(session)
    },
    async change(cookie, key, token, meanwhile) {
      const session = await storage.getSession(cookie)
      const seen = { ...session.data }
      if (seen.line === undefined) return undefined
      await meanwhile?.()
      session.set(key, added(seen, key, token))
      return (await storage.commitSession(session)) === '' ? undefined : seen
    },
    async touch(cookie) {
      const session = await storage.getSession(cookie)
      if (session.data.line === undefined) return undefined
      // A touch needs no cookie: the browser has it, and it has no lifetime.
      await storage.commitSession(session)
      return storage.stateOf(session) === 'stored' ? session.data : undefined
    },
    async regenerate(cookie, meanwhile) {
      const session = await storage.getSession(cookie)
      if (session.data.line === undefined) return undefined
      await meanwhile?.()
      return (await storage.regenerateSession(session)) || undefined
    },
    async logOut(cookie) {
      await storage.destroySession(await storage.getSession(cookie))
    },
    idOf: async (cookie) => String(await cookies.parse(cookie)),
  }
}

function remix3Door(options: SessionOptions): Door {
  const storage = remix3(options)
  return {
    name: 'remix 3',
    async logIn(values) {
      const session = await storage.read(null)
      for (const [key, value] of Object.entries(values)) session.set(key, value)
      return String(await storage.save(session))
    },
    async change(cookie, key, token, meanwhile) {
      const session = await storage.read(cookie)
      const seen = { ...session.data[0] }
      if (seen.line === undefined) return undefined
      await meanwhile?.()
      session.set(key, added(seen, key, token))
      return (await storage.save(session)) ? seen : undefined
    },
    async touch(cookie) {
      const session = await storage.read(cookie)
      await storage.save(session)
      return session.has('line') ? session.data[0] : undefined
    },
    async regenerate(cookie, meanwhile) {
      const session = await storage.read(cookie)
      if (!session.has('line')) return undefined
      await meanwhile?.()
      session.regenerateId(true)
      return (await storage.save(session)) || undefined
    },
    async logOut(cookie) {
      const session = await storage.read(cookie)
      session.destroy()
      await storage.save(session)
    },
    idOf: async (cookie) => cookie,
  }
}

function h3Door(
  name: string,
  options: SessionOptions & { secretKey: string },
  createH3Event: (cookie?: string) => Event2 | ReturnType<typeof createEvent>,
): Door {
  const own = { ...options, name: 'faults' }
  const ids = new Map<string, string>()
  const open = async (cookie?: string): Promise<{ session: DynamoSession<Values>; cookie: () => string }> => {
    const event = createH3Event(cookie)
    const session = await useDynamoSession<Values>(event as Event2, own)
    return {
      session,
      cookie() {
        const staged =
          'getHeader' in (event.node?.res ?? {}) && name.startsWith('h3 1')
            ? event.node?.res?.getHeader('set-cookie')
            : (event as Event2).res.headers.get('set-cookie')
        const text = String(staged).split(';')[0] as string
        ids.set(text, String(session.id))
        return text
      },
    }
  }
  return {
    name,
    async logIn(values) {
      const opened = await open()
      await opened.session.update(values)
      return opened.cookie()
    },
    change: (cookie, key, token, meanwhile) =>
      // Under the session's lock with `enableLocking`; without, it reads once as `open` does.
      withDynamoSession(async (_event: Event2, session: DynamoSession<Values>): Promise<Values | undefined> => {
        if (session.id === undefined) return undefined
        const seen = { ...session.data }
        await meanwhile?.()
        await session.update({ [key]: added(seen, key, token) })
        return session.id === undefined ? undefined : seen
      }, own)(createH3Event(cookie) as Event2) as Promise<Values | undefined>,
    async touch(cookie) {
      const { session } = await open(cookie)
      const seen = { ...session.data }
      await session.update()
      return session.id === undefined ? undefined : seen
    },
    async regenerate(cookie, meanwhile) {
      const opened = await open(cookie)
      if (opened.session.id === undefined) return undefined
      await meanwhile?.()
      await opened.session.regenerate()
      return opened.session.id === undefined ? undefined : opened.cookie()
    },
    async logOut(cookie) {
      await (await open(cookie)).session.destroy()
    },
    idOf: async (cookie) => ids.get(cookie) as string,
  }
}

/** Items through unstorage: a write is of the whole item, and makes one where none is. */
function driverDoor({ driver: _none, ...options }: SessionOptions): Door {
  const storage = createStorage({
    driver: dynamodbDriver({ ...options, ...(options.maxStale ? { ttl: options.maxStale } : {}) }) as Driver,
  })
  const write = async (key: string, change: (seen: Values) => Values): Promise<Values | undefined> => {
    const seen = await storage.getItem<Values>(key)
    if (!seen) return undefined
    await storage.setItem(key, change(seen))
    return seen
  }
  return {
    name: 'unstorage',
    async logIn(values) {
      const key = `item:${randomUUID()}`
      await storage.setItem(key, values)
      return key
    },
    change: (key, name, token) => write(key, (seen) => ({ ...seen, [name]: added(seen, name, token) })),
    touch: (key) => write(key, (seen) => seen),
    regenerate: undefined,
    logOut: (key) => storage.removeItem(key),
    idOf: async (key) => key,
  }
}
