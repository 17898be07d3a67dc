// What must be true after every schedule.
import type { Item } from '../../src/core/dynamodb/model.ts'
import type { Request } from './play.ts'
import { dataOf, keyOf, makerOf } from './play.ts'
import type { Checked } from './scenarios.ts'
import { ids, world } from './world.ts'

export type Check = (end: Checked) => Promise<string[]> | string[]

export function all(...checks: readonly Check[]): Check {
  return async (end) => {
    for (const check of checks) {
      const wrong = await check(end)
      if (wrong.length > 0) return wrong
    }
    return []
  }
}

/** Every log-in got a session of its user which is live, with what the request had read. */
export function everyLogInHolds({ requests, live }: Checked): string[] {
  return requests.flatMap(({ tab, action, answer }) => {
    if (action.do !== 'log in') return []
    const item = answer?.cookie ? live.get(keyOf(answer.cookie)) : undefined
    // Not promised: it found the user there already, stored under the old id by the other one.
    if (answer?.seen.user === action.user && answer.cookie === undefined) return []
    if (!item) return [`the log-in ${tab.name} got ${answer?.cookie ? 'a session that has ended' : 'no session'}`]
    const { user, cart } = dataOf(item)
    if (user !== action.user) return [`the log-in ${tab.name} is ${String(user)}`]
    // A log-in of another user has nothing of what was there before.
    const isOfOne = requests.every(({ action: other }) => other.do !== 'log in' || other.user === user)
    return answer?.seen.cart === 1 && cart !== 1 && isOfOne ? [`the log-in ${tab.name} lost the cart that it had read`] : []
  })
}

/** Where any log-in's answer came, the browser is logged in, whatever came after it. */
export function browserIsLoggedIn({ requests, live, browser }: Checked): string[] {
  const logIns = requests.filter(
    ({ tab, action, answer, delivered }) => tab.jar === 'browser' && action.do === 'log in' && delivered !== -1 && answer?.cookie,
  )
  if (logIns.length === 0 || endsByRenewal(requests)) return []
  const item = browser.own === undefined ? undefined : live.get(keyOf(browser.own))
  return item && logIns.some(({ action }) => action.do === 'log in' && action.user === dataOf(item).user)
    ? []
    : [`the browser holds ${browser.own}, which is not logged in`]
}

/**
 * Not promised: the answer of a change that was carried out before the move, and which comes after that of the move. React Router's
 * `commitSession` returns the cookie of every change, and a cookie with a lifetime is renewed once in each `touchAfter`.
 */
function endsByRenewal(requests: readonly Request[]): boolean {
  const last = requests.filter(({ tab, answer, delivered }) => tab.jar === 'browser' && answer?.cookie !== undefined && delivered !== -1)
  const { action, sent, answer } = last.toSorted((a, b) => (a.delivered ?? 0) - (b.delivered ?? 0)).at(-1) ?? {}
  return (action?.do === 'view' || action?.do === 'write') && sent?.includes(answer?.cookie ?? '') === true
}

/** What is stored, as a request was told, is in a session that is live; else its handler was told. */
export function changesAreKept({ requests, live }: Checked): string[] {
  return requests.flatMap(({ tab, action, answer }) => {
    if (action.do !== 'write' || answer?.state !== 'stored') return []
    return [...live.values()].some((item) => dataOf(item)[action.key] === 1)
      ? []
      : [`the change ${action.key} of ${tab.name} is lost, and nobody was told`]
  })
}

/** Parallel rotations leave one session, which the browser holds where it got all answers. */
export function oneSession({ live, browser, requests, issued, hasFaults }: Checked): string[] {
  const known = [...live.keys()].map((key) => ids.get(key) as string).filter((id) => !hasFaults || issued.has(id))
  if (known.length !== 1) return [`${known.length} sessions are live: ${known.join()}`]
  if (requests.some(({ delivered }) => delivered === -1) || endsByRenewal(requests)) return []
  return browser.own !== undefined && live.has(keyOf(browser.own)) ? [] : [`the browser holds ${browser.own}, which has ended`]
}

/** A log-out, by what the browser holds in the end, ends all that it held and that the removal hides. */
export const logOutEndsAll: Check = async (end) => {
  if (end.browser.own === undefined && end.browser.planted.length === 0) return []
  await end.logOut(end.browser)
  return [...leftovers(end, end.stillLive()), ...stillReadable()]
}

/** Nothing is live: a log-out was among the requests. */
export function allHasEnded(end: Checked): string[] {
  return [...leftovers(end, end.live), ...stillReadable()]
}

/** Old ids in their grace time, which end with the session. */
function stillReadable(): string[] {
  return [...world.table.items].flatMap(([key, { moved, data, max_expire_at }]) =>
    moved && data && Number(max_expire_at?.N) > world.clock ? [`${ids.get(key)} can be read after the log-out`] : [],
  )
}

/**
 * Not promised: a request that found no session begins a new one, such as one after a plain log-out, or one by the id of before after
 * 10 s. A log-in on a session that another user's log-in moved, or an anonymous rotation, gets one that ends alone. An attempt that got no
 * answer and is carried out late makes a record whose id nobody ever had.
 */
function leftovers({ requests, issued, hasFaults }: Checked, live: ReadonlyMap<string, Item>): string[] {
  return [...live].flatMap(([key, item]) => {
    const id = ids.get(key) as string
    const maker = requests.find(({ tab }) => tab.host === makerOf(id))
    const isOfTwo = new Set(requests.flatMap(({ action }) => (action.do === 'log in' ? [action.user] : []))).size > 1
    const isAnonymous = maker?.action.do === 'rotate' && dataOf(item).user === undefined
    const mayStay = maker?.answer?.saw === 'new' || isOfTwo || isAnonymous || (hasFaults && !issued.has(id))
    return mayStay ? [] : [`${id} of ${String(dataOf(item).user)} is live after the log-out`]
  })
}

/** No session of a user is left, but those that were made by a log-in. */
export function userHasEnded(user: string): Check {
  return ({ live }) => {
    const left = [...live]
      .filter(([, item]) => dataOf(item).user === user)
      .map(([key]) => `${ids.get(key)} of ${user} is live after the log-out`)
    return [...left, ...stillReadable()]
  }
}

/** A session goes on with the times of the one before it, whichever host moves it. */
export function goesOnFrom(seconds: number): Check {
  return ({ live }) =>
    [...live].flatMap(([key, { updated_at }]) => (Number(updated_at?.N) < seconds ? [`${ids.get(key)} is older than it was`] : []))
}

/** Every session that is live has a lifetime of its own. */
export function lifetimesAreKept({ live }: Checked): string[] {
  return [...live].flatMap(([key, { max_expire_at }]) => (max_expire_at ? [] : [`${ids.get(key)} lost the lifetime that was asked for`]))
}

/** Whoever comes with the id of before, after the move, gets no session with what is another's. */
export function thiefGetsNothing({ requests }: Checked): string[] {
  return requests.flatMap(({ tab, action, answer }) => {
    if (tab.jar !== 'thief' || answer?.saw === 'stored' || !answer?.cookie) return []
    if (action.do === 'log in') return []
    return [`the thief got ${answer.cookie} by ${action.do}`]
  })
}

/** As many cookies at most. */
export function cookiesAtMost(most: number): Check {
  return ({ requests }) => {
    const sent = requests.filter(({ answer }) => answer?.cookie !== undefined)
    return sent.length > most ? [`${sent.length} responses have a cookie: ${sent.map(({ tab }) => tab.name).join()}`] : []
  }
}
