// What is played in every order. Each says what must be true in the end, and what is not promised.
import { createSessionStore } from '../../src/core/sessions/store.ts'
import { DOORS, openDoor, optionsOf } from './doors.ts'
import type { Action, DoorName } from './doors.ts'
import { explore } from './explore.ts'
import type { Exploration } from './explore.ts'
import { alone } from './schedule.ts'
import type { Fault } from './schedule.ts'
import { begin, liveItems } from './play.ts'
import type { Item } from '../../src/core/dynamodb/model.ts'
import type { End, Jar, Tab } from './play.ts'
import { createTable } from '../../src/testing/table.ts'
import { SCHEMA, START, world } from './world.ts'

export interface TabPlan {
  readonly actions: readonly Action[]
  readonly jar?: string
  readonly door?: DoorName
  /** The host of another tab, where both run in one process. */
  readonly host?: string
}

/** `from`: the place, among the ids that were held, of the one that this request brings; the last where nothing is said, -1 for none. */
export type Before = Action & { readonly from?: number }

export interface Scenario {
  readonly name: string
  /** Every adapter where nothing is said. */
  readonly doors?: readonly DoorName[]
  readonly options?: object
  /** What the browser has done before, one request after the other, through the same door. */
  readonly before?: readonly Before[]
  /** Seconds that have passed since. */
  readonly later?: number
  /** Further jars, by what they hold: the ids that the browser held before, by their place. */
  readonly jars?: Readonly<Record<string, (held: readonly string[]) => Omit<Jar, 'held'>>>
  readonly tabs: Readonly<Record<string, TabPlan>>
  /** Log-outs everywhere, by host: the user, and the place of the id that is spared among those that the browser held. */
  readonly endsUser?: { readonly user: string; readonly except?: number; readonly keyPrefix?: string }
  readonly losses?: number
  readonly faults?: readonly Fault[]
  readonly jump?: number
  readonly isIndexLagging?: boolean
  /** Whether it shows nothing yet at first. */
  readonly isIndexEmpty?: boolean
  readonly skew?: Readonly<Record<string, number>>
  readonly asks?: boolean
  check(end: Checked): Promise<string[]> | string[]
}

export interface Checked extends End {
  readonly browser: Jar
  /** What the table holds now. */
  stillLive(): Map<string, Item>
  /** Ids that the browser held before. */
  readonly held: readonly string[]
  readonly door: DoorName
  readonly hasFaults: boolean
  /** Logs out by what a jar holds, with the real code. */
  logOut(jar: Jar): Promise<void>
}

export async function play(scenario: Scenario, door: DoorName): Promise<Exploration> {
  const { before = [], later = 0, tabs, jars = {}, options = { userIdKey: 'user' }, endsUser, losses, asks, check } = scenario
  const { faults, jump, isIndexLagging, isIndexEmpty = false, skew } = scenario
  Object.assign(world, { table: createTable(SCHEMA), clock: START, skew: {}, pending: [], isOver: false })
  world.drawn.clear()
  const held: string[] = []
  const setUp = openDoor(door, 'before', options)
  for (const action of before) {
    const { cookie } = await alone('before', () =>
      setUp.visit(
        held.filter((_, place) => place === (action.from ?? held.length - 1)),
        action,
      ),
    )
    if (cookie) held.push(cookie)
  }
  const items = new Map(world.table.items)
  const all = new Map<string, Jar>([['browser', { own: held.at(-1), planted: [], held: new Set(held) }]])
  for (const [name, jar] of Object.entries(jars)) {
    const made = jar(held)
    all.set(name, { ...made, held: new Set([...(made.own === undefined ? [] : [made.own]), ...made.planted]) })
  }
  const doors = new Map<string, ReturnType<typeof openDoor>>()
  const staged = Object.entries(tabs).map(([name, plan]): Tab => {
    const at = `${plan.host ?? name} ${plan.door ?? door}`
    if (!doors.has(at)) doors.set(at, openDoor(plan.door ?? door, plan.host ?? name, options))
    return {
      name,
      host: plan.host ?? name,
      door: doors.get(at) as Tab['door'],
      actions: plan.actions,
      jar: plan.jar ?? 'browser',
    }
  })
  const last = openDoor(door, 'after', options)
  const store = createSessionStore(
    optionsOf('operator', endsUser?.keyPrefix === undefined ? options : { ...options, keyPrefix: endsUser.keyPrefix }),
  )
  const exceptId = endsUser?.except === undefined ? undefined : held[endsUser.except]
  return explore({
    items,
    ...(faults ? { faults } : {}),
    jump,
    isIndexLagging: isIndexLagging ?? false,
    isIndexEmpty,
    hasQueries: endsUser !== undefined,
    skew: skew ?? {},
    later,
    begin: () =>
      begin({
        tabs: staged,
        jars: all,
        losses: losses ?? 0,
        asks: asks ?? false,
        ...(endsUser ? { operators: { operator: () => store.destroyByUser(endsUser.user, { exceptId }) } } : {}),
        check: (end) =>
          check({
            ...end,
            browser: end.jars.get('browser') as Jar,
            held,
            door,
            hasFaults: faults !== undefined,
            stillLive: liveItems,
            logOut: (jar) =>
              alone('after', async () => {
                await last.visit([...jar.planted, ...(jar.own === undefined ? [] : [jar.own])], { do: 'log out' })
              }),
          }),
      }),
  })
}

export function doorsOf({ doors = DOORS }: Scenario): readonly DoorName[] {
  return doors
}
