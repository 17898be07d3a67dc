// The browsers of one user, round after round: requests of several tabs at once, and what they come to once all is quiet.
import { createSessionStore, DynamoSessionError } from '../../../src/index.ts'
import type { SessionStore } from '../../../src/index.ts'
import { createBrowser, send } from './browser.ts'
import type { Action, Browser, Host, Told } from './browser.ts'
import { byClock } from './clocks.ts'
import { begunBy, cookies, ended, isExcused, isOpen, loggedIn, oneSession, stored, timesStay } from './judge.ts'
import type { Round } from './judge.ts'
import type { Neighbour } from './neighbour.ts'
import type { Found } from './records.ts'

export const KINDS = ['browse', 'log in', 'log in twice', 'rotate', 'log out', 'everywhere'] as const
export type Kind = (typeof KINDS)[number]

const EXPECTED = new Set(['THROTTLED', 'SERVER_ERROR', 'UNREACHABLE', 'TIMEOUT'])
const LOSSES = 0.15
const MOST_ROUNDS = 12

/** What all households share. */
export interface Town {
  readonly figures: { readonly rounds: Record<string, number>; requests: number; errors: number; browsers: number }
  readonly wrong: string[]
  /** Keys of what has ended, as was acknowledged. */
  readonly retired: Set<string>
  /** Keys of all that browsers were sent. */
  readonly issued: Set<string>
  /** Keys that may have been deleted without an answer: which old ids in their grace time end with them, nobody knows then. */
  readonly doubtful: Set<string>
  found(keys: readonly string[]): Promise<Found[]>
  everything(): Promise<Found[]>
  isOver(): boolean
}

export interface Household {
  readonly name: string
  readonly user: string
  readonly hosts: readonly Host[]
  /** Nothing is in parallel that hosts tell apart by their clocks; each page extends the life of the session. */
  readonly isSkewed: boolean
  readonly neighbour: Neighbour
}

/** @param plan what the first rounds do; chance decides of those that follow. */
export async function live(town: Town, household: Household, chance: () => number, plan: readonly Kind[]): Promise<void> {
  const { hosts, user, isSkewed, neighbour } = household
  const store = createSessionStore((hosts[0] as Host).options)
  const pick = <T>(of: readonly T[]): T => of[Math.floor(chance() * of.length)] as T
  let [tokens, made] = [0, 0]
  let browsers: Browser[] = []

  // Its end is by the clock of whoever reads.
  const grace = (): number => (!isSkewed && chance() < 0.3 ? 10 : 0)
  const write = (): Action => ({ do: 'write', key: `k${tokens++}` })
  const rotate = (): Action => ({ do: 'rotate', grace: grace() })
  const page = (): Action => (chance() < 0.5 ? write() : { do: 'view' })

  /** Someone who comes for the first time, and stays until a cookie is there. */
  async function arrive(): Promise<Browser> {
    const browser = createBrowser(`${household.name}.${made++}`)
    town.figures.browsers++
    const action: Action = { do: 'write', key: 'here', more: { browser: browser.name } }
    while (!browser.jar) note(await send({ browser, host: pick(hosts), action }, chance))
    browser.known.add('here')
    noteIssued(browser)
    return browser
  }

  /** Returns the ids by their keys. */
  function noteIssued(browser: Browser): ReadonlyMap<string, string> {
    const ids = new Map([...browser.issued].map((id) => [store.keyOf(id), id]))
    for (const key of ids.keys()) town.issued.add(key)
    return ids
  }

  function note(told: readonly Told[]): readonly Told[] {
    town.figures.requests += told.length
    for (const { error } of told) {
      if (error === undefined) continue
      town.figures.errors++
      if (!(error instanceof DynamoSessionError) || !EXPECTED.has(error.code)) complain('an error', [String(error)])
    }
    return told
  }

  function complain(what: string, wrong: readonly string[]): void {
    for (const text of wrong) town.wrong.push(`${household.name}, ${what}: ${text}`)
  }

  async function requests(browser: Browser, actions: readonly Action[], double?: Action): Promise<readonly Told[]> {
    const losses = isSkewed ? 0 : LOSSES
    const one = (action: Action, times = 1): Promise<Told[]> => send({ browser, host: pick(hosts), action }, chance, { losses, times })
    return note((await Promise.all([...actions.map((action) => one(action)), ...(double ? [one(double, 2)] : [])])).flat())
  }

  function actionsOf(kind: Kind): [actions: Action[], double?: Action] {
    // A moved session is told from one that has ended by clocks, for some seconds.
    const pages = isSkewed && kind !== 'browse' && kind !== 'log out' ? [] : Array.from({ length: Math.floor(chance() * 3) }, page)
    const logIn: Action = { do: 'log in', user, grace: grace() }
    if (kind === 'browse') return [[...pages, write(), page()]]
    if (kind === 'log in') return [[...pages, logIn]]
    if (kind === 'log in twice') return chance() < 0.5 ? [pages, logIn] : [[...pages, logIn, logIn]]
    if (kind === 'log out') return [[...pages, { do: 'log out' }, ...(isSkewed || chance() < 0.5 ? [] : [rotate()])]]
    return [[...pages, rotate(), ...(isSkewed || chance() < 0.5 ? [] : [rotate()])]]
  }

  async function roundOf(browser: Browser, told: readonly Told[]): Promise<Round> {
    const ids = noteIssued(browser)
    const found = new Map((await town.found([...ids.keys()])).map((record) => [ids.get(record.key) as string, record]))
    const isDoubtful = [...ids.keys()].some((key) => town.doubtful.has(key))
    return { browser, told, found, isDoubtful, everything: isOpen(told) ? await town.everything() : undefined }
  }

  /** Whether the browser goes on. */
  async function play(browser: Browser, kind: Exclude<Kind, 'everywhere'>): Promise<boolean> {
    const told = await requests(browser, ...actionsOf(kind))
    const round = await roundOf(browser, told)
    browser.history.push(`${kind}: ${told.map(inWords).join(', ')}`)
    const what = `${browser.name}, ${browser.history.join('; ')}`
    const open = isOpen(told)
    if (!isSkewed) complain(what, cookies(round))
    if (kind === 'log out') {
      if (!told.some(({ action, error }) => action.do === 'log out' && error === undefined)) return false
      complain(what, ended(round))
      retire(round)
      return false
    }
    complain(what, kind === 'log in twice' ? loggedIn(round, user) : oneSession(round))
    if (isSkewed) complain(what, timesStay(round))
    const held = round.found.get(browser.jar?.id ?? '')
    const isHeld = held !== undefined && !held.isMoved
    const isLogIn = kind === 'log in' || kind === 'log in twice'
    const isAnyDone = told.some(({ action, error }) => action.do === 'log in' && error === undefined)
    // One that failed may have done nothing, or do it late.
    const isUnsure = isLogIn && !isAnyDone && isHeld && held.data.user !== user
    if (isLogIn) browser.isLoggedIn = !isUnsure
    if (kind === 'log in twice') browser.isForked = true
    for (const key of stored(told)) browser.known.add(key)
    // One sibling has not what the other has.
    if (browser.isForked && held) browser.known = new Set([...browser.known].filter((key) => held.data[key] === 1))
    if (isHeld) Object.assign(browser, { updatedAt: held.updatedAt, expireAt: held.expireAt })
    browser.isStranded = !isHeld || isUnsure
    return !open || isHeld
  }

  function retire(round: Round): void {
    const begun = begunBy(round.told)
    for (const id of round.browser.issued) if (!begun.has(id) && !isExcused(round, id)) town.retired.add(store.keyOf(id))
  }

  /** Ends the user's sessions while those browsers go on; afterwards none of them is live that was before, nor what it moved to. */
  async function everywhere(): Promise<void> {
    const of = browsers.filter(({ isLoggedIn }) => isLoggedIn)
    const operator = byClock(pick(hosts).ahead, () => attempt(() => store.destroyByUser(user)))
    const told = await Promise.all(of.map((browser) => (isSkewed ? [] : requests(browser, ...actionsOf('rotate')))))
    const isDone = (await operator) !== undefined
    for (const [n, browser] of of.entries()) {
      if (!isDone) continue
      browser.history.push(`everywhere: ${(told[n] as readonly Told[]).map(inWords).join(', ')}`)
      const round = await roundOf(browser, told[n] as readonly Told[])
      complain(`${browser.name}, ${browser.history.join('; ')}`, ended(round))
      retire(round)
    }
    browsers = browsers.filter((browser) => !of.includes(browser))
    complain('the other application', await neighbour.check(store as SessionStore<object>))
  }

  for (let n = 0; n < plan.length || (n < MOST_ROUNDS * 50 && !town.isOver()); n++) {
    while (browsers.length < 2) browsers.push(await arrive())
    const kind = plan[n] ?? pick(KINDS)
    if (kind === 'everywhere') {
      if (plan[n] === undefined && chance() < 0.7) continue
      await everywhere()
    } else {
      const goesOn: boolean[] = await Promise.all(browsers.map((browser) => play(browser, fitting(browser, kind, isSkewed))))
      browsers = browsers.filter(({ issued }, index) => goesOn[index] && issued.size < 60)
    }
    town.figures.rounds[kind] = (town.figures.rounds[kind] ?? 0) + 1
  }
  complain('the other application', await neighbour.check(store as SessionStore<object>))
}

function inWords({ action, saw, state, cookie, error, isDelivered }: Told): string {
  const what = 'grace' in action && action.grace > 0 ? `${action.do} with grace` : action.do
  const got = typeof cookie === 'object' ? ' and got an id' : ''
  return `${what} saw ${saw}${error === undefined ? '' : ', failed'}, ended ${state}${got}${isDelivered ? '' : ' which was lost'}`
}

/** What this browser can do of that kind. */
function fitting({ isLoggedIn, isStranded }: Browser, kind: Exclude<Kind, 'everywhere'>, isSkewed: boolean): Exclude<Kind, 'everywhere'> {
  if (isSkewed && !isLoggedIn && kind === 'log in twice') return 'log in'
  if (isStranded) return 'log out'
  return isLoggedIn && (kind === 'log in' || kind === 'log in twice') ? 'rotate' : kind
}

/** `undefined` where it failed, so that nobody knows what was done. */
export async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof DynamoSessionError && EXPECTED.has(error.code)) return undefined
    throw error
  }
}

/** Again and again until it is done. */
export async function until<T>(work: () => Promise<T>): Promise<NonNullable<T>> {
  for (;;) {
    const done = await attempt(work)
    if (done !== undefined && done !== null) return done
  }
}
