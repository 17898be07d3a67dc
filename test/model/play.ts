// Browsers with tabs and a cookie jar, whose requests run on the package's own code, and what is wrong in any schedule.
import { hashId } from '../../src/core/base/id.ts'
import type { Item } from '../../src/core/dynamodb/model.ts'
import type { Action, Answer, Door } from './doors.ts'
import type { Play } from './schedule.ts'
import { world } from './world.ts'

export interface Tab {
  readonly name: string
  readonly host: string
  readonly jar: string
  readonly door: Door
  /** Each begins when the answer of the one before it has come, with the cookies that the browser has then. */
  readonly actions: readonly Action[]
}

/** A browser's cookies of our name: its own, and those that our Set-Cookie does not reach, which come first. */
export interface Jar {
  own: string | undefined
  readonly planted: readonly string[]
  /** Every id that it held. */
  readonly held: Set<string>
}

export interface Request {
  readonly tab: Tab
  readonly action: Action
  readonly sent: readonly string[]
  answer: Answer | undefined
  error: unknown
  /** Its place among the answers that reached the browser last; 0 for earlier ones; -1: it was lost. */
  delivered: number | undefined
}

/** What a schedule has come to. */
export interface End {
  readonly jars: ReadonlyMap<string, Jar>
  readonly requests: readonly Request[]
  /** Records that are live, by key. */
  readonly live: ReadonlyMap<string, Item>
  /** Ids that were issued to a browser. */
  readonly issued: ReadonlySet<string>
}

export interface Staging {
  readonly tabs: readonly Tab[]
  readonly jars: ReadonlyMap<string, Jar>
  /** Work that is no browser's, by its host. */
  readonly operators?: Readonly<Record<string, () => Promise<unknown>>>
  /** Answers that may be lost on their way to a browser. */
  readonly losses?: number
  /** Whether requests ask for lifetimes, so that one may become shorter. */
  readonly asks?: boolean
  check(end: End): Promise<string[]> | string[]
}

export function keyOf(id: string): string {
  return hashId(id)
}

export function isLive(item: Item | undefined): item is Item {
  return item?.data !== undefined && item.moved === undefined && Number(item.expire_at?.N ?? Infinity) > world.clock
}

export function liveItems(): Map<string, Item> {
  return new Map([...world.table.items].filter(([, item]) => isLive(item)))
}

export function dataOf(item: Item): Record<string, unknown> {
  return JSON.parse(item.data?.S ?? '{}') as Record<string, unknown>
}

/** Which host drew an id. */
export function makerOf(id: string): string {
  return /^i(.*)_\d+-*$/.exec(id)?.[1] ?? ''
}

export function begin({ tabs, jars: given, operators = {}, losses = 0, asks = false, check }: Staging): Play {
  const jars = new Map([...given].map(([name, jar]) => [name, { ...jar, held: new Set(jar.held) }]))
  const jarOf = ({ jar }: Tab): Jar => jars.get(jar) as Jar
  const requests: Request[] = []
  const issued = new Set([...jars.values()].flatMap(({ held, planted }) => planted.concat(...held)))
  const dead = new Set<string>()
  const wrong: string[] = []
  let items: ReadonlyMap<string, Item> = new Map(world.table.items)

  function send(tab: Tab, action: Action): void {
    const { own, planted } = jarOf(tab)
    const sent = [...planted, ...(own === undefined ? [] : [own])]
    const request: Request = { tab, action, sent, answer: undefined, error: undefined, delivered: undefined }
    requests.push(request)
    world.host = tab.host
    tab.door.visit(sent, action).then(
      (answer) => {
        request.answer = answer
        if (answer.cookie) issued.add(answer.cookie)
        wrong.push(...wrongAnswer(request))
      },
      (error: unknown) => {
        request.error = error
        if (!world.isOver) wrong.push(`${tab.name} failed: ${String(error)}`)
      },
    )
  }

  function deliver(request: Request): void {
    request.delivered = 0
    take(jarOf(request.tab), request.answer?.cookie)
    const next = request.tab.actions[requests.filter(({ tab }) => tab === request.tab).length]
    if (next) send(request.tab, next)
  }

  function run(host: string, work: () => Promise<unknown>): void {
    world.host = host
    void work().catch((error: unknown) => world.isOver || wrong.push(`${host} failed: ${String(error)}`))
  }

  const canDeliver = (request: Request): boolean => request.answer !== undefined && request.delivered === undefined
  /** Whether something in its browser begins with an answer. An answer on which nothing depends may as well come at the end. */
  const isAwaited = ({ tab }: Request): boolean =>
    tabs.some((other) => other.jar === tab.jar && requests.filter((request) => request.tab === other).length < other.actions.length)

  return {
    starts: [...new Set(tabs.map(({ host }) => host))]
      .map((host) => () => {
        for (const tab of tabs) if (tab.host === host) send(tab, tab.actions[0] as Action)
      })
      .concat(
        Object.entries(operators).map(
          ([host, work]) =>
            () =>
              run(host, work),
        ),
      ),
    choices: () =>
      requests
        .filter((request) => canDeliver(request) && isAwaited(request))
        .map((request) => ({ label: `${request.tab.name}: answer (${cookieOf(request)})`, run: () => deliver(request) })),
    key: () =>
      JSON.stringify([
        [...jars.values()].map(({ own, held }) => [own, [...held].toSorted()]),
        requests.map(({ tab, delivered, answer }) => `${tab.name} ${delivered} ${answer ? 1 : 0}`).toSorted(),
        [...dead].toSorted(),
      ]),
    look() {
      wrong.push(...wrongSteps(items, world.table.items, dead, asks))
      items = new Map(world.table.items)
      return wrong
    },
    async end() {
      if (requests.some(({ answer }) => answer === undefined)) return ['a request has no end']
      const live = liveItems()
      const revived = [...issued].filter((id) => dead.has(keyOf(id)) && live.has(keyOf(id)))
      if (revived.length > 0) return revived.map((id) => `${id} came back`)
      const { items, clock } = { items: new Map(world.table.items), clock: world.clock }
      for (const order of ordersOf(requests.filter(canDeliver), losses)) {
        world.table.items.clear()
        for (const [key, item] of items) world.table.items.set(key, item)
        world.clock = clock
        const found = await check({ ...received(jars, requests, order), live, issued })
        if (found.length > 0) return [...found, `answers: ${order.map((one) => `${one.tab.name} ${cookieOf(one)}`).join(', ') || 'none'}`]
      }
      return []
    },
  }
}

function cookieOf({ answer }: Request): string {
  return answer?.cookie === '' ? 'removal' : (answer?.cookie ?? 'no cookie')
}

/** Orders of answers that leave browsers different cookies: each as the last of its jar, all of them or but one. */
function ordersOf(waiting: readonly Request[], losses: number): Request[][] {
  const sets = losses > 0 ? [waiting, ...waiting.map((lost) => waiting.filter((request) => request !== lost))] : [waiting]
  return sets.flatMap((set) => {
    const telling = set.filter(({ answer }) => answer?.cookie !== undefined)
    const others = set.filter((request) => !telling.includes(request))
    if (telling.length === 0) return [others]
    return telling.map((last) => {
      const inJar = telling.filter((request) => request !== last && request.tab.jar === last.tab.jar)
      const elsewhere = telling.filter((request) => request.tab.jar !== last.tab.jar)
      return others.concat(inJar, elsewhere, last)
    })
  })
}

function received(jars: ReadonlyMap<string, Jar>, requests: readonly Request[], order: readonly Request[]): Pick<End, 'jars' | 'requests'> {
  const after = new Map([...jars].map(([name, jar]) => [name, { ...jar, held: new Set(jar.held) }]))
  for (const { tab, answer } of order) take(after.get(tab.jar) as Jar, answer?.cookie)
  const reached = (request: Request): number => (request.delivered === undefined ? order.indexOf(request) : 0)
  return { jars: after, requests: requests.map((request) => ({ ...request, delivered: reached(request) })) }
}

function take(jar: Jar, cookie: string | undefined): void {
  if (cookie !== undefined) jar.own = cookie || undefined
  if (cookie) jar.held.add(cookie)
}

/** A response carries our cookie only for what its own request did. */
function wrongAnswer({ tab, action, sent, answer }: Request): string[] {
  const { cookie, maxAge, saw, state } = answer as Answer
  if (cookie === undefined) return []
  const name = `${tab.name} (${action.do})`
  if (cookie === '') return action.do === 'log out' ? [] : [`${name} removes the cookie`]
  const isOwn = makerOf(cookie) === tab.host
  if (state === 'moved' || state === 'gone') return [`${name} sends a cookie of a session that it knows to be ${state}`]
  if (action.do === 'log out') return [`${name} sends a cookie`]
  if (action.do === 'view' || action.do === 'write') {
    if (isOwn ? saw !== 'new' && !sent.includes(cookie) : !sent.includes(cookie)) return [`${name} sends ${cookie}, which it did not make`]
  } else if (!isOwn) return [`${name} sends ${cookie}, which it did not make`]
  const item = world.table.items.get(keyOf(cookie))
  const end = item?.max_expire_at && isLive(item) ? Number(item.max_expire_at.N) : undefined
  const isRight = maxAge === undefined || end === undefined || Math.abs(end - world.clock - maxAge) <= 1
  return isRight ? [] : [`${name} sends a cookie for ${maxAge} s of a session that lives ${(end ?? 0) - world.clock} s`]
}

/** What no step may do. */
function wrongSteps(before: ReadonlyMap<string, Item>, after: ReadonlyMap<string, Item>, dead: Set<string>, asks: boolean): string[] {
  const wrong: string[] = []
  for (const [key, was] of before) {
    const now = after.get(key)
    if (now === was) continue
    const wasLive = isLive(was)
    if (wasLive && !isLive(now)) dead.add(key)
    if (wasLive && isLive(now) && Number(now.updated_at?.N) < Number(was.updated_at?.N)) wrong.push(`updated_at of ${key} went back`)
    if (wasLive && isLive(now) && !asks && Number(now.expire_at?.N) < Number(was.expire_at?.N)) wrong.push(`expire_at of ${key} went back`)
    if (was.moved && now === undefined) wrong.push(`the tombstone ${key} was deleted`)
    if (was.moved && now && now.expire_at?.N !== was.expire_at?.N) wrong.push(`the tombstone ${key} was touched`)
  }
  for (const [key, { moved, data, user_id, max_expire_at, expire_at }] of after) {
    if (max_expire_at && Number(expire_at?.N) > Number(max_expire_at.N) + 1 && !moved) wrong.push(`${key} outlives what was asked for`)
    if (moved && user_id) wrong.push(`the tombstone ${key} has a user`)
    if (moved && data && !max_expire_at) wrong.push(`the tombstone ${key} has data without a grace time`)
  }
  return wrong
}
