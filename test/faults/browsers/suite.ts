// Browsers with several tabs under faults, on hosts whose clocks differ, with another application on the same table.
import { describe, expect, it } from 'vitest'
import { onEveryEngine } from '../../support/engines.ts'
import { itemKey, useProxy } from '../../support/proxy.ts'
import type { Fault } from '../../support/proxy.ts'
import { isOutcomeUnknown, mayBeUnheard } from '../doubt.ts'
import { random } from '../random.ts'
import { giveHostsClocks } from './clocks.ts'
import { KINDS, live } from './household.ts'
import type { Household, Kind, Town } from './household.ts'
import type { Host } from './browser.ts'
import { createNeighbour } from './neighbour.ts'
import { allFound, foundOf } from './records.ts'

const FAULTS = ['throttle', 'error', 'error after', 'reset', 'reset after', 'twice', 'late', 20] as const satisfies Fault[]
const LATE = new Set(['PutItem', 'UpdateItem', 'DeleteItem'])
/** Milliseconds in which a creation is through. */
const LONG_AGO = 500
/** Milliseconds by which the clocks of a household's hosts are ahead. */
const SKEWS = [0, 3_600_000, -3_600_000]
const RATE = 0.12

/** Each household begins with one, so that a short run does everything. */
const PLANS: readonly (readonly Kind[])[] = [
  ['browse', 'log in', 'rotate', 'browse', 'rotate', 'everywhere'],
  ['browse', 'log in twice', 'log out', 'log in twice', 'log out', 'rotate', 'rotate'],
  ['log in twice', 'rotate', 'log out', 'rotate', 'log out', 'log in', 'log out'],
  ['rotate', 'log in', 'browse', 'everywhere', 'log in twice', 'browse'],
  // Before a late attempt of what made the session comes.
  ['log out', 'log out', 'log out', 'log out', 'log out', 'log out'],
]

/** `FAULT_SECONDS`, `FAULT_SEED` and `FAULT_RATE` (0 to 1) change what a run does. */
export function browserSuite(defaultSeconds: number, count: number): void {
  const seconds = Number(process.env.FAULT_SECONDS ?? defaultSeconds)
  const rate = Number(process.env.FAULT_RATE ?? RATE)
  const seed = Number(process.env.FAULT_SEED ?? Date.now() % 2 ** 31)

  onEveryEngine(
    ({ engine, options, client }) => {
      const proxy = useProxy(engine)
      const timeout = seconds * 1000 + 120_000

      describe('browsers', () => {
        it(`hold what lives, whatever is late, lost and doubled, with ${count} users for ${seconds} s`, { timeout }, async () => {
          giveHostsClocks()
          const end = performance.now() + seconds * 1000
          const town: Town = {
            figures: { rounds: {}, requests: 0, errors: 0, browsers: 0 },
            wrong: [],
            retired: new Set(),
            issued: new Set(),
            doubtful: new Set(),
            found: (keys) => foundOf(client, options.tableName, keys),
            everything: () => allFound(client, options.tableName),
            isOver: () => town.wrong.length > 0 || performance.now() > end,
          }
          const chance = random(seed)
          const faults: Record<string, number> = {}
          let latePuts = 0
          // One exchange of the id is promised for a creation, so that its second attempt is not late too.
          let lastDoubt = -Infinity
          proxy.fault = (request) => {
            const { operation } = request
            if (chance() >= rate) return undefined
            const isCreation = operation === 'PutItem'
            const mayBeLate = LATE.has(operation) && (!isCreation || performance.now() - lastDoubt > LONG_AGO)
            const drawn = isCreation && mayBeLate ? 'late' : (FAULTS[Math.floor(chance() * FAULTS.length)] as Fault)
            const fault: Fault = drawn === 'late' && !mayBeLate ? 'reset' : drawn
            if (operation === 'DeleteItem' && mayBeUnheard(fault)) town.doubtful.add(itemKey(request))
            if (isCreation && isOutcomeUnknown(fault)) lastDoubt = performance.now()
            if (isCreation && fault === 'late') latePuts++
            faults[String(fault)] = (faults[String(fault)] ?? 0) + 1
            return fault
          }
          await Promise.all(
            Array.from({ length: count }, async (_, n) => {
              const own = random(seed + n + 1)
              await live(town, await household(n), own, PLANS[n % PLANS.length] as readonly Kind[])
            }),
          )
          proxy.fault = () => undefined
          // What is late has come.
          await proxy.idle()
          console.log(`browsers on ${engine.name}: FAULT_SEED=${seed}, ${JSON.stringify({ ...town.figures, faults })}`)
          const all = await allFound(client, options.tableName)
          const unknown = all.filter(({ key, isMoved, data }) => !isMoved && data.theirs === undefined && !town.issued.has(key))
          console.log(`${unknown.length} records of ids that nobody was sent, ${latePuts} late creations`)
          const revived = all.filter(({ key }) => town.retired.has(key)).map(({ key }) => `${key} came back after the log-out`)
          expect([...new Set(town.wrong), ...revived].slice(0, 8)).toEqual([])
          // An attempt that came late, or a move that reported an error, may have left one; nothing else does.
          expect(unknown.length).toBeLessThanOrEqual(latePuts + town.figures.errors)
          expect(KINDS.filter((kind) => !town.figures.rounds[kind])).toEqual([])
          if (rate >= RATE) expect(Object.keys(faults)).toHaveLength(FAULTS.length)
        })
      })

      /** The hosts of all: other options are another host, since those of one process queue. */
      function hostsOf(isSkewed: boolean): Host[] {
        // Each page extends the life of these, and renews the cookie with it; elsewhere none does, and none may send a cookie.
        const touchAfter = isSkewed ? 0 : longTouchAfter()
        return SKEWS.map((ahead, place) => ({
          options: { ...common(), touchAfter, keyPrefix: 'shop:', requestTimeout: options.requestTimeout + place },
          ahead: isSkewed ? ahead : 0,
        }))
      }

      const common = () => ({ ...options, endpoint: proxy.endpoint, secretKey: 'browsers'.repeat(4), userIdKey: 'user' })

      async function household(n: number): Promise<Household> {
        // The same name in both applications, or two that are one `user_id` in the table.
        const [user, theirs] = n % 2 === 0 ? [`admin:u${n}`, `u${n}`] : [`u${n}`, `u${n}`]
        const isSkewed = n % 4 === 3
        const neighbour = await createNeighbour({ ...common(), keyPrefix: 'shop:admin:' }, theirs, user)
        return { name: `user ${n}`, user, hosts: hostsOf(isSkewed), isSkewed, neighbour }
      }
    },
    { userIdKey: 'user' },
  )
}

/** Seconds, of which no multiple comes while this runs: the first use after one renews the cookie. */
function longTouchAfter(): number {
  const now = Date.now() / 1000
  return [86_400, 100_000].find((seconds) => seconds - (now % seconds) > 3600) ?? 120_000
}
