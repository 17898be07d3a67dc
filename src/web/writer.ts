// The data of one request's session, and what is done with it: each write goes through to the table at once.
import { holdGone } from '../core/sessions/handle.ts'
import { openHandle } from '../core/sessions/open-handle.ts'
import type { Handle } from '../core/sessions/handle.ts'
import type { OpenHandle } from '../core/sessions/open-handle.ts'
import { isLifeAsked } from '../core/sessions/record/lifetime.ts'
import type { Life, Outcome, Snapshot } from '../core/sessions/record/snapshot.ts'
import { deviceBy } from '../core/sessions/record/device.ts'
import type { DeviceRequest } from '../core/options/options.ts'
import type { Content } from '../core/sessions/record/serialize.ts'
import type { Sessions } from '../core/sessions/sessions.ts'
import { mergeInPlace, refill } from './values.ts'
import type { Values } from './values.ts'

/** A change of the data, on top of what a handler has changed in place. */
export interface Change extends Life {
  readonly apply?: (draft: Values) => void
  /** Whether it depends on the data, so that it runs again on the latest. */
  readonly isRerun?: boolean
  /** Whether a session without data is worth a record. Default `true`. */
  readonly storesEmpty?: boolean
}

export interface Writer {
  readonly sessions: Sessions
  readonly handle: Handle
  /** One object until the session ends. */
  readonly data: Values
  /** Whether the request came without a session. */
  readonly isNew: boolean
  write(change: Change): Promise<void>
  regenerate(options: Life & { readonly grace: number; readonly resetAge: boolean; readonly authenticated: boolean }): Promise<void>
  end(after: 'new' | 'gone'): Promise<void>
  /** Extends the life of the session when that is due. */
  touch(): Promise<void>
  /** Shows what the handle holds by now, after its lock was acquired or could not be had; changes in memory stay. */
  follow(): void
}

/** The cookie of the response. */
export interface Stage {
  /** Throws where the response cannot carry one. Called before something is stored that needs one. */
  check(): void
  /** Gets what the cookie must say: `null` removes it. */
  set(snapshot: Snapshot | null): void
  /** Takes back what was set: the session is known by now to have ended, or to go on under another id. */
  takeBack(): void
  /** The headers of the request, for what is kept of its browser. */
  readonly headers: DeviceRequest['headers']
}

/** Reads the session of the ids that a request brought; without one nothing is asked for. */
export async function loadWriter(sessions: Sessions, ids: readonly string[], stage: Stage): Promise<Writer> {
  return createWriter(sessions, await openHandle(sessions, ids, sessions.serialization.parseObject), stage, ids.length > 0)
}

/** Of an empty session that is never stored, whatever is done to it. */
export function hiddenWriter(sessions: Sessions): Writer {
  return createWriter(
    sessions,
    { handle: holdGone(sessions), data: undefined },
    { check() {}, set() {}, takeBack() {}, headers: { get: () => null } },
    false,
    true,
  )
}

/** @param hasCookie whether the browser has, or is about to get, a cookie to remove. */
export function createWriter(
  sessions: Sessions,
  { handle, ...found }: OpenHandle<Values>,
  stage: Stage,
  hasCookie: boolean,
  isHidden = false,
): Writer {
  const { serialization, options } = sessions
  const device = deviceBy(options, stage.headers)
  let data = found.data ?? {}
  let isNew = found.data === undefined
  const refusals = createRefusals(options.userIdKey !== undefined)

  /** Takes over what is stored now; `sent` is what the data was when that began, and what changed since stays. */
  function settle(outcome: Outcome, sent: string, life: Life = {}): void {
    const { snapshot } = outcome
    // No cookie where the session is gone: it could remove that of a log-in that happened meanwhile.
    if (!snapshot) return lose({})
    hasCookie = true
    if (outcome.tombstone) stage.takeBack()
    adopt(snapshot, sent)
    if (handle.renewsCookie(outcome, { isPersistent: true, isAsked: isLifeAsked(life) })) stage.set(snapshot)
  }

  function adopt(snapshot: Snapshot, sent: string): void {
    handle.caughtUp()
    if (snapshot.text !== sent) mergeInPlace(data, serialization.parseObject(snapshot), sent, serialization)
  }

  async function write(change: Change): Promise<void> {
    const { apply, isRerun = false, storesEmpty = true, asked, endsWithBrowser } = change
    if (handle.state === 'gone') return
    if (handle.state === 'moved') return refuse(apply)
    const sent = serialization.serializeObject(data)
    if (isRerun && apply && handle.state === 'stored') {
      const outcome = await handle.edit(sent, apply, { asked, endsWithBrowser })
      return outcome.did === 'moved' ? refuse(apply, sent) : settle(outcome, sent.text, change)
    }
    let draft = data
    if (apply) apply((draft = isRerun ? (serialization.parse('', sent.text) as Values) : { ...data }))
    const content = apply ? serialization.serializeObject(draft) : sent
    if (handle.state === 'new' && !storesEmpty && Object.keys(draft).length === 0) return
    if (handle.state === 'new') stage.check()
    const outcome = await handle.save(content, { asked, endsWithBrowser, device })
    return outcome.did === 'moved' ? refuse(undefined, content) : settle(outcome, sent.text, change)
  }

  /** Stores nothing, since the session moved. */
  function refuse(apply: Change['apply'], content: Content = refusals.meantBy(serialization.serializeObject(data))): void {
    const draft = serialization.parse('', content.text) as Values
    apply?.(draft)
    restore()
    refusals.add(serialization.serializeObject(draft), serialization.serializeObject(data).text)
  }

  /** What an old id in its grace time shows is what there was, whatever a handler made of it. */
  function restore(): void {
    lose(handle.snapshot ? serialization.parseObject(handle.snapshot) : {})
  }

  /** The session is moved or gone: a cookie of it that was renewed before would come after that of a log-in. */
  function lose(shown: Values): void {
    stage.takeBack()
    refill(data, shown, serialization.stringify)
  }

  async function regenerate(options: Parameters<Writer['regenerate']>[0]): Promise<void> {
    // A session without a record gets its first id by being stored.
    if (handle.state === 'gone' || (handle.state === 'new' && Object.keys(data).length === 0)) return
    stage.check()
    const shown = serialization.serializeObject(data)
    const outcome = await handle.regenerate(refusals.meantBy(shown), { ...options, device })
    if (outcome.did === 'moved') return restore()
    refusals.clear()
    settle(outcome, shown.text, options)
  }

  async function end(after: 'new' | 'gone'): Promise<void> {
    await handle.end(isHidden ? 'gone' : after)
    isNew = true
    data = {}
    if (hasCookie) stage.set(null)
    hasCookie = false
  }

  /** In its turn as well: it must not put back what a write left meanwhile. */
  async function touch(): Promise<void> {
    await handle.inTurn('touch', async () => {
      if (handle.state !== 'stored') return
      const outcome = await handle.touch()
      if (!outcome.snapshot) lose({})
      else if (handle.renewsCookie(outcome, { isPersistent: true })) stage.set(outcome.snapshot)
    })
  }

  return {
    sessions,
    handle,
    get data() {
      return data
    },
    get isNew() {
      return isNew
    },
    write,
    regenerate,
    end,
    touch,
    follow() {
      const { snapshot, base, state } = handle
      if (snapshot && state === 'stored') adopt(snapshot, base)
      if (snapshot) return
      isNew = true
      refill(data, {})
    },
  }
}

interface Refusals {
  /** `shown`: the text of what the data shows in place of it. */
  add(content: Content, shown: string): void
  /** The data that the handler means: what was refused, unless it has changed what it is shown since. */
  meantBy(shown: Content): Content
  clear(): void
}

/**
 * What writes would have stored that found the session moved: a log-in of the same request takes it along. Where options name no user,
 * nothing tells a log-in from a change, and an old id in its grace time must not become a session.
 */
function createRefusals(hasUsers: boolean): Refusals {
  let refused: { readonly content: Content; readonly shown: string } | undefined
  return {
    add: (content, shown) => void (refused = hasUsers ? { content, shown } : undefined),
    meantBy: (shown) => (refused?.shown === shown.text ? refused.content : shown),
    clear: () => void (refused = undefined),
  }
}
