import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { ScanCommand } from '@aws-sdk/client-dynamodb'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onEveryEngine } from '../support/engines.ts'
import { DOORS, startWorker } from './workers.ts'
import type { DoorName, Told, Worker } from './workers.ts'

const LEASE = 2500
const RETRY = 50
/** Requests of a machine that does other things too. A lease that is counted twice ends at least 5/3 of it after the last renewal. */
const MARGIN = 1500
const EACH = 3

interface Held {
  readonly door: DoorName
  readonly moment: 'before' | 'after'
  readonly cookie: string
  readonly token: string
  readonly answer: Promise<Told | 'dead'>
}

onEveryEngine(({ engine, options, client }) => {
  describe('processes', () => {
    let workers: Worker[] = []
    beforeAll(async () => {
      const own = { ...options, lockExpiryTime: LEASE, lockRetryDelay: RETRY, lockMaxWaitTime: 15 }
      workers = await Promise.all([1, 2, 3].map(() => startWorker(own)))
    })
    afterAll(() => workers.forEach((worker) => worker.process.kill('SIGKILL')))

    /** By door and moment, a session whose lock the worker holds. */
    async function hold(worker: Worker, round: string): Promise<Held[]> {
      return Promise.all(
        DOORS.flatMap((door) =>
          (['before', 'after'] as const).map(async (moment) => {
            const cookie = await worker.logIn(door)
            const token = `${round} ${door} ${moment}`
            const answer = worker.append(door, cookie, token, moment).catch(() => 'dead' as const)
            await worker.holds(token)
            return { door, moment, cookie, token, answer }
          }),
        ),
      )
    }

    /** The others add to the same sessions; answers when each session's first was done, and what all were told. */
    function others(helpers: Worker[], held: Held[]): { first: Promise<number>[]; all: Promise<Told[]> } {
      const answers = held.map(({ door, cookie, token }) =>
        helpers.flatMap((helper, h) => Array.from({ length: EACH }, (_, n) => helper.append(door, cookie, `${token} ${h}.${n}`))),
      )
      return { first: answers.map((own) => Promise.race(own).then(() => performance.now())), all: Promise.all(answers.flat()) }
    }

    async function itemsByToken(): Promise<{ log: string[]; item: Record<string, AttributeValue> }[]> {
      const { Items = [] } = await client.send(new ScanCommand({ TableName: options.tableName, ConsistentRead: true }))
      return Items.map((item) => ({ log: (JSON.parse(item.data?.S ?? '{}') as { log?: string[] }).log ?? [], item }))
    }

    const logOf = (all: { log: string[] }[], { token }: Held): string[] =>
      all.find(({ log }) => log.some((own) => own.startsWith(token)))?.log ?? []
    const expectedLog = ({ token }: Held, helpers: number, own: string[]): string[] => [
      ...own,
      ...Array.from({ length: helpers }, (_, h) => Array.from({ length: EACH }, (__, n) => `${token} ${h}.${n}`)).flat(),
    ]

    it('go on within the lease after one is killed that holds locks, and lose and double nothing', async () => {
      const [dying, ...rest] = workers as [Worker, ...Worker[]]
      const held = await hold(dying, 'kill')
      const { first, all } = others(rest, held)
      let isEarly = false
      void Promise.race(first).then(() => (isEarly = true))
      await sleep(1.5 * LEASE)
      expect(isEarly, 'a lock is renewed while its holder lives').toBe(false)

      const killed = performance.now()
      dying.process.kill('SIGKILL')
      const waits = (await Promise.all(first)).map((at) => at - killed)
      console.log(
        `process death on ${engine.name}: others had the lock ${Math.min(...waits).toFixed()} to ${Math.max(...waits).toFixed()} ms later`,
      )
      expect(Math.max(...waits)).toBeLessThan(LEASE + RETRY + MARGIN)
      expect(await Promise.all(held.map(({ answer }) => answer))).toEqual(held.map(() => 'dead'))
      expect((await all).filter(({ done }) => !done)).toEqual([])

      const items = await itemsByToken()
      for (const one of held) {
        const own = one.moment === 'after' ? [one.token] : []
        expect(logOf(items, one).toSorted()).toEqual(expectedLog(one, rest.length, own).toSorted())
      }
      expect(items.filter(({ item }) => item.lock_token ?? item.locked_at)).toEqual([])
    })

    it('that were frozen for longer than their lease write nothing once they go on', async () => {
      const [, frozen, other] = workers as [Worker, Worker, Worker]
      const held = await hold(frozen, 'freeze')
      frozen.process.kill('SIGSTOP')
      const { first, all } = others([other], held)
      await Promise.all(first)
      frozen.process.kill('SIGCONT')
      for (const { token } of held) frozen.goOn(token)
      const told = await Promise.all(held.map(({ answer }) => answer))
      expect(told).toEqual(held.map(({ moment }) => (moment === 'after' ? { done: true } : { error: 'LOCK_LOST' })))
      expect((await all).filter(({ done }) => !done)).toEqual([])

      const items = await itemsByToken()
      for (const one of held) {
        const own = one.moment === 'after' ? [one.token] : []
        expect(logOf(items, one).toSorted()).toEqual(expectedLog(one, 1, own).toSorted())
      }
      expect(items.filter(({ item }) => item.lock_token ?? item.locked_at)).toEqual([])
    })
  })
})
