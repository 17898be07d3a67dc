// What must be true once a round's requests are through and their answers have come: what a browser was told holds, and what ended stays so.
import type { Browser, Told } from './browser.ts'
import type { Found } from './records.ts'

export interface Round {
  readonly browser: Browser
  readonly told: readonly Told[]
  /** Of the ids that the browser was ever sent, by id. */
  readonly found: ReadonlyMap<string, Found>
  /** Whether one of its ids may have been deleted without an answer. */
  readonly isDoubtful: boolean
  /** Everything of the table, where an error left open what was done. */
  readonly everything: readonly Found[] | undefined
}

const isDone = ({ error }: Told): boolean => error === undefined
const moves = ({ action }: Told): boolean => action.do === 'log in' || action.do === 'rotate'

/** Whether an error left open which id the session has. */
export function isOpen(told: readonly Told[]): boolean {
  return told.some((one) => !isDone(one) && (moves(one) || one.action.do === 'log out' || one.saw === 'new'))
}

/** Of guarantee 2: no cookie of these options has a lifetime, so that only what begins, moves or ends a session sends one. */
export function cookies({ told }: Round): string[] {
  return told.flatMap(({ action, saw, cookie }) =>
    cookie && saw !== 'new' && (action.do === 'view' || action.do === 'write')
      ? [`a ${action.do} of a session that is ${saw} sent a cookie`]
      : [],
  )
}

/** After pages, changes and rotations, and log-ins by one click. */
export function oneSession(round: Round): string[] {
  const { browser, told, found, everything } = round
  const live = [...found].filter(([, { isMoved }]) => !isMoved)
  const keys = [...browser.known, ...stored(told)]
  const has = ({ data }: Found): boolean => keys.every((key) => data[key] === 1)
  if (everything) {
    const own = everything.filter(({ data, isMoved }) => !isMoved && data.browser === browser.name)
    return own.some(has) ? [] : [`no record has all that was stored: ${keys.join()}`]
  }
  if (!browser.isForked && live.length !== 1) return [`${live.length} sessions are live`]
  // An answer that was lost may have been the one with the id that lives.
  const isLost = told.some(({ isDelivered, cookie }) => cookie && !isDelivered)
  const held = found.get(browser.jar?.id ?? '')
  if (!isLost && (!held || held.isMoved)) return ['the browser holds a session that has ended']
  const kept = isLost ? live.map(([, record]) => record) : [held as Found]
  return kept.some(has) ? [] : [`of ${keys.join()} the session has ${kept.map(({ data }) => Object.keys(data).join()).join(' or ')}`]
}

/** After log-ins of one user by several clicks. */
export function loggedIn(round: Round, user: string): string[] {
  const { browser, told, found, everything } = round
  const logIns = told.filter((one) => one.action.do === 'log in' && isDone(one))
  const wrong = logIns.flatMap(({ cookie, seen }) => {
    const record = typeof cookie === 'object' ? found.get(cookie.id) : undefined
    // It found the user there already.
    if (!cookie && seen.user === user) return []
    if (!record || record.isMoved) return [`a log-in got ${cookie ? 'a session that has ended' : 'no session'}`]
    if (record.data.user !== user) return [`a log-in is ${String(record.data.user)}`]
    return Object.keys(seen).some((key) => record.data[key] === undefined) ? ['a log-in lost what it had read'] : []
  })
  if (logIns.some(({ cookie, isDelivered }) => cookie && isDelivered)) {
    const held = found.get(browser.jar?.id ?? '')
    if (!held || held.isMoved || held.data.user !== user) wrong.push('the browser is not logged in')
  }
  const all = everything ?? [...found.values()]
  for (const key of stored(told)) if (!all.some(({ data }) => data[key] === 1)) wrong.push(`the change ${key} is lost, and nobody was told`)
  return wrong
}

/** After a log-out, here or everywhere: whatever the browser was ever sent, but sessions that a request without one began. */
export function ended(round: Round): string[] {
  const begun = begunBy(round.told)
  return [...round.found].flatMap(([id, { key, isMoved }]) =>
    begun.has(id) || isExcused(round, id) ? [] : [`${key} ${isMoved ? 'can be read' : 'is live'} after the log-out`],
  )
}

/** Sessions of requests that came without one. */
export function begunBy(told: readonly Told[]): ReadonlySet<string> {
  return new Set(told.flatMap(({ saw, cookie }) => (saw === 'new' && typeof cookie === 'object' ? [cookie.id] : [])))
}

/**
 * Not promised: what only a delete without an answer could tell of, which is an old id in its grace time, or the session of a second click
 * whose own answer was lost.
 */
export function isExcused({ browser, found, isDoubtful }: Round, id: string): boolean {
  return isDoubtful && (found.get(id)?.isMoved === true || !browser.received.has(id))
}

/** No host moves a time back, whatever its clock says. */
export function timesStay({ browser, found }: Round): string[] {
  const held = found.get(browser.jar?.id ?? '')
  if (!held) return []
  const wrong: string[] = []
  if (held.updatedAt < browser.updatedAt) wrong.push(`updated_at was moved back from ${browser.updatedAt} to ${held.updatedAt}`)
  if (held.expireAt < browser.expireAt) wrong.push(`expire_at was moved back from ${browser.expireAt} to ${held.expireAt}`)
  return wrong
}

/** Keys of which requests were told that they are stored. */
export function stored(told: readonly Told[]): string[] {
  return told.flatMap(({ action, state, error }) =>
    action.do === 'write' && error === undefined && state === 'stored' ? [action.key] : [],
  )
}
