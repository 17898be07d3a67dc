// What a request does, through each adapter of the package: the real one, but for signatures of React Router's cookie.
import { sign } from '../../src/core/base/signature.ts'
import { dynamoSession } from '../../src/h3.ts'
import type { DynamoSession } from '../../src/h3.ts'
import type { SessionOptions } from '../../src/core/options/options.ts'
import { createSessionStorage } from '../../src/react-router/session-storage.ts'
import type { SessionStorage, SessionLike } from '../../src/react-router/session-storage.ts'
import { createDynamoSessionStorage } from '../../src/remix3.ts'
import { drawId } from './world.ts'

export type Values = Record<string, unknown>

export type Action =
  | { readonly do: 'view' }
  | { readonly do: 'write'; readonly key: string; readonly remember?: number }
  /** `updatesFirst`: stores the user under the old id before the session moves. */
  | { readonly do: 'log in'; readonly user: string; readonly grace?: number; readonly remember?: number; readonly updatesFirst?: boolean }
  | { readonly do: 'rotate'; readonly grace?: number; readonly key?: string }
  | { readonly do: 'log out' }

/** What the browser and the handler get. */
export interface Answer {
  /** The state of the session, and its data, as the handler found them. */
  readonly saw: string
  readonly seen: Values
  /** The state at the end: only `stored` says that what was done is stored. */
  readonly state: string
  /** Whether Remix 3's `errorHandler` was told. */
  readonly isTold: boolean
  /** The id that a Set-Cookie has; `''` for a removal, `undefined` for none. */
  readonly cookie: string | undefined
  /** Seconds that such a cookie lives. */
  readonly maxAge: number | undefined
}

export interface Door {
  /** @param ids what the browser's cookies of our name hold. */
  visit(ids: readonly string[], action: Action): Promise<Answer>
}

export type DoorName = 'h3' | 'react-router' | 'react-router middleware' | 'remix 3'
export const DOORS: readonly DoorName[] = ['h3', 'react-router', 'react-router middleware', 'remix 3']

const SECRET = 'm'.repeat(32)

export function optionsOf(host: string, more: object = {}): SessionOptions {
  return { region: host, secretKey: SECRET, maxStale: 1_209_600, touchAfter: 86_400, generateId: drawId, ...more }
}

export function openDoor(name: DoorName, host: string, more: object = {}): Door {
  const options = optionsOf(host, more)
  if (name === 'h3') return h3Door(options)
  if (name === 'remix 3') return remix3Door(options)
  return storageDoor(options, name === 'react-router middleware')
}

function h3Door(options: object): Door {
  const middleware = dynamoSession({ ...options, name: 's' })
  return {
    async visit(ids, action) {
      const cookie = ids.map((id) => `s=${encodeURIComponent(sign(id, SECRET))}`).join('; ')
      const res = { headers: new Headers(), errHeaders: new Headers() }
      const event = { context: {}, headers: new Headers(), req: { headers: new Headers(cookie ? { cookie } : {}) }, res }
      const found = { saw: '', seen: {} as Values }
      let session: DynamoSession | undefined
      await middleware(event, async () => {
        session = (event.context as { session: DynamoSession }).session
        Object.assign(found, { saw: session.state, seen: { ...session.data } })
        await act(session, action)
      })
      const [text] = res.headers.getSetCookie()
      return { ...found, state: session?.state ?? '', isTold: false, ...parsed(text) }
    },
  }
}

async function act(session: DynamoSession, action: Action): Promise<void> {
  if (action.do === 'log out') return session.destroy()
  if (action.do === 'write') return void (await session.update({ [action.key]: 1 }, { maxAge: action.remember }))
  if (action.do === 'view') return
  const { grace = 0 } = action
  if (action.do === 'log in') {
    if (action.updatesFirst) await session.update({ user: action.user })
    else session.data.user = action.user
    return void (await session.regenerate({ grace, maxAge: action.remember }))
  }
  if (action.key !== undefined) session.data[action.key] = 1
  await session.regenerate({ grace })
}

interface PlainSession extends SessionLike {
  id: string
  data: Values
}

/** A Cookie without signatures, which take a thread pool: no schedule could tell when they are done. */
const framework = {
  createSession: (data: Values, id: string): PlainSession => ({ id, data }),
  createCookie: () => plainCookie,
  isCookie: (value: unknown): value is typeof plainCookie => value === plainCookie,
}

const LIFETIME = 1_209_600

const plainCookie = {
  name: 's',
  isSigned: true,
  get expires() {
    return new Date(Date.now() + LIFETIME * 1000)
  },
  parse: async (header: string | null) => header?.replace(/^s=/, ''),
  serialize: async (value: unknown, { maxAge = LIFETIME, expires }: { maxAge?: number; expires?: Date } = {}) =>
    `s=${String(value)}; Max-Age=${maxAge}; Expires=${expires?.toUTCString() ?? ''}`,
}

function storageDoor(options: object, isMiddleware: boolean): Door {
  const storage: SessionStorage<PlainSession> = createSessionStorage(framework, { ...options, cookie: plainCookie } as never)
  return {
    async visit(ids, action) {
      const header = ids.map((id) => `s=${id}`).join('; ')
      const found = { saw: '', seen: {} as Values }
      let session: PlainSession | undefined
      const run = async (given: PlainSession): Promise<string | undefined> => {
        session = given
        Object.assign(found, { saw: storage.stateOf(session), seen: { ...session.data } })
        return actOn(storage, session, action, isMiddleware)
      }
      let text: string | undefined
      if (isMiddleware) {
        const { value, setCookie } = await storage.withSession(header, run)
        text = value ?? setCookie
      } else text = await run(await storage.getSession(header))
      return { ...found, state: session ? storage.stateOf(session) : '', isTold: false, ...parsed(text || undefined) }
    },
  }
}

/** @returns the Set-Cookie text, where the middleware does not send it. */
async function actOn(
  storage: SessionStorage<PlainSession>,
  session: PlainSession,
  action: Action,
  isMiddleware: boolean,
): Promise<string | undefined> {
  if (action.do === 'log out') return storage.destroySession(session)
  if (action.do === 'view') return isMiddleware ? undefined : storage.commitSession(session)
  if (action.do === 'write') {
    session.data[action.key] = 1
    return isMiddleware && action.remember === undefined ? undefined : storage.commitSession(session, { maxAge: action.remember })
  }
  const { grace = 0 } = action
  if (action.do === 'rotate') {
    if (action.key !== undefined) session.data[action.key] = 1
    return storage.regenerateSession(session, { grace })
  }
  session.data.user = action.user
  if (action.updatesFirst) await storage.commitSession(session)
  return storage.regenerateSession(session, { grace, maxAge: action.remember })
}

function remix3Door(options: object): Door {
  let isTold = false
  const storage = createDynamoSessionStorage({ ...options, errorHandler: () => (isTold = true) })
  return {
    async visit([id], action) {
      const session = await storage.read(id ?? null)
      const [seen] = session.data
      isTold = false
      const found = { saw: id === session.id ? 'stored' : 'new', seen: { ...(seen as Values) } }
      if (action.do === 'log out') session.destroy()
      if (action.do === 'write') session.set(action.key, 1)
      if (action.do === 'log in') session.set('user', action.user)
      if (action.do === 'rotate' && action.key !== undefined) session.set(action.key, 1)
      if (action.do === 'log in' || action.do === 'rotate') session.regenerateId(true)
      const cookie = (await storage.save(session)) ?? undefined
      return { ...found, state: isTold ? 'gone' : 'stored', isTold, cookie, maxAge: undefined }
    },
  }
}

function parsed(text: string | undefined): Pick<Answer, 'cookie' | 'maxAge'> {
  if (text === undefined) return { cookie: undefined, maxAge: undefined }
  const [, value = '', maxAge] = /^s=([^;]*)(?:.*Max-Age=(\d+))?/.exec(text) ?? []
  return { cookie: decodeURIComponent(value).split('.')[0] ?? '', maxAge: maxAge === undefined ? undefined : Number(maxAge) }
}
