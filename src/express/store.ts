// The sessions behind a store of express-session: what its methods do, as promises.
import { isId } from '../core/base/id.ts'
import { createLruMap } from '../core/base/lru.ts'
import { environmentOptions } from '../core/options/options.ts'
import type { SessionOptions } from '../core/options/options.ts'
import { clearSessions, countLive, liveItems } from '../core/sessions/all.ts'
import { guarded } from '../core/sessions/failure.ts'
import { holdNew } from '../core/sessions/handle.ts'
import type { Handle } from '../core/sessions/handle.ts'
import { openHandle, openItem } from '../core/sessions/open-handle.ts'
import { openSessions } from '../core/sessions/open.ts'
import { lifetimeOf, shownCookie } from './cookie.ts'
import type { CookieLike } from './cookie.ts'
import { heldOf, hold } from './held.ts'
import type { Held } from './held.ts'
import { openPredecessor } from './predecessor.ts'
import type { Migration } from './predecessor.ts'
import { createWrites } from './writes.ts'

type Values = Record<string, unknown>

/** What a session holds for the framework, and what stands behind it. Without data there is none. */
export interface Read {
  readonly data: Values | undefined
  readonly held: Held
}

export interface ExpressStore {
  /** A session under an id that no browser has. `missing`: what was looked for in vain by the id that the browser sent. */
  begin(session: object, id: string, missing: Held | undefined): void
  get(id: string): Promise<Read>
  set(id: string, session: object): Promise<void>
  touch(id: string, session: object): Promise<void>
  destroy(id: string): Promise<void>
  /** Moves what `old` stands for to the id of `session`. */
  regenerate(old: object | undefined, id: string, session: object): Promise<void>
  all(): Promise<Values[]>
  length(): Promise<number>
  clear(): Promise<void>
}

/** Seconds that a session lives after each use whose cookie ends with the browser. */
const IDLE = 14 * 24 * 60 * 60
/** Ids that came from browsers, of which a process remembers so many. */
const KNOWN_IDS = 10_000

export function createExpressStore(options: SessionOptions, migrate: Migration | undefined): ExpressStore {
  // A session lives as long as its own cookie; `maxStale` bounds that where it is given.
  const sessions = openSessions(options, { maxStale: 0 })
  const isBounded = (options.maxStale ?? environmentOptions(process.env).maxStale) !== undefined
  const { serialization } = sessions
  const predecessor = openPredecessor(migrate, sessions.items)
  const known = createLruMap<string, true>(KNOWN_IDS)
  const must = <Result>(operation: 'read' | 'destroy', work: () => Promise<Result>): Promise<Result> =>
    guarded(operation, sessions.options, work)

  const { contentOf, askedBy, write, adopt, tell } = createWrites(sessions, predecessor, isBounded ? undefined : IDLE)

  async function destroy(id: string): Promise<void> {
    if (!isId(id)) return
    known.set(id, true)
    await must('destroy', async () => {
      await predecessor?.remove(id)
      await sessions.destroy(sessions.keyOf(id))
    })
  }

  return {
    destroy,
    begin: (session, id, missing) => hold(session, { handle: missing?.handle ?? holdNew(sessions), id }),

    async get(id) {
      if (!isId(id)) return { data: undefined, held: { handle: holdNew(sessions), id } }
      known.set(id, true)
      const { handle, data } = await openHandle(sessions, [id], serialization.parseObject)
      if (data) {
        return { data: shown(data, handle), held: { handle, id, ...cookieIn(data) } }
      }
      // Under another id the framework would send a cookie, which would take the place of a log-in's.
      if (handle.state !== 'new') return { data: { cookie: {} }, held: { handle, id, lacksCookie: true } }
      const old = predecessor && (await must('read', () => predecessor.read(id)))
      if (!old) return { data: undefined, held: { handle, id } }
      return { data: old, held: { handle, id, ...cookieIn(old), foreign: contentOf(old).text } }
    },

    async set(id, session) {
      if (isOver(session)) return destroy(id)
      const held = heldAs(id, session)
      const content = contentOf(session, held)
      const asked = askedBy(session)
      if (!held) {
        const handle = await holdNew(sessions).inTurn('save', () => adopt(id, known.get(id) === true, content, asked))
        return hold(session, { handle, id, maxAge: cookieIn(session).maxAge })
      }
      const { handle } = held
      await handle.inTurn('save', async () => {
        const { base } = handle
        const outcome = await write(held, content, asked)
        tell(outcome, content.text !== base && Object.keys(session).some((key) => key !== 'cookie'))
      })
    },

    async touch(id, session) {
      if (isOver(session)) return destroy(id)
      const held = heldAs(id, session)
      const asked = askedBy(session)
      const handle = held?.handle ?? (await openHandle(sessions, [id], serialization.parseObject)).handle
      const content = held?.foreign === undefined ? undefined : contentOf(session, held)
      await handle.inTurn('touch', async () => {
        if (held && content && handle.state === 'new') await write(held, content, asked)
        else if (handle.state === 'stored') await handle.touch({ asked })
      })
    },

    async regenerate(old, id, session) {
      const held = heldOf(old)
      if (!held) return
      const { handle } = held
      if (held.foreign !== undefined && handle.state === 'new') {
        // Its data does not go on, and so needs no record.
        await must('destroy', async () => predecessor?.remove(held.id))
        return hold(session, { handle: holdNew(sessions), id })
      }
      hold(session, { handle, id, isRenamed: true })
      if (handle.state !== 'stored') return
      const content = contentOf(session)
      await handle.inTurn('regenerate', () => handle.regenerate(content, { id, asked: askedBy(session) }))
    },

    all: () =>
      must('read', async () => {
        const found: Values[] = []
        for await (const page of liveItems(sessions)) {
          for (const item of page) {
            const key = item[sessions.items.options.tableKey]?.S as string
            const { handle, data } = await openItem(sessions, key, item, serialization.parseObject)
            if (data) found.push(shown(data, handle))
          }
        }
        return found
      }),
    length: () => must('read', () => countLive(sessions)),
    clear: () => must('destroy', () => clearSessions(sessions)),
  }
}

/** Whether an application ended it by its cookie: no time is left. */
function isOver({ cookie }: { readonly cookie?: CookieLike }): boolean {
  return (lifetimeOf(cookie) ?? 1) <= 0
}

/** What stands behind a session of the framework, unless that was under another id. */
function heldAs(id: string, session: object): Held | undefined {
  const held = heldOf(session)
  return held?.id === id ? held : undefined
}

/** The data as the framework expects it. */
function shown(data: Values, { snapshot }: Handle): Values {
  return { ...data, cookie: shownCookie(data.cookie, snapshot?.state.expireAt) }
}

function cookieIn({ cookie }: { readonly cookie?: unknown }): Pick<Held, 'maxAge' | 'lacksCookie'> {
  const isThere = typeof cookie === 'object' && cookie !== null && 'originalMaxAge' in cookie
  return isThere ? { maxAge: cookie.originalMaxAge, lacksCookie: false } : { lacksCookie: true }
}
