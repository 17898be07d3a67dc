import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { ScanCommand } from '@aws-sdk/client-dynamodb'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { onEveryEngine } from '../support/engines.ts'
import { DOORS, startWorker } from './workers.ts'
import type { DoorName, Worker } from './workers.ts'
import { random } from './random.ts'

const LEASE = 400
const RETRY = 50
const MARGIN = 2000
/** Milliseconds for one of many waiters, who poll without an order, on a busy machine. */
const LONGEST_WAIT = 15_000
const WORKERS = 3
const SESSIONS = 12

const seconds = Number(process.env.FAULT_SECONDS ?? 10)
const seed = Number(process.env.FAULT_SEED ?? Date.now() % 2 ** 31)

/** One session and what its users were told of their additions. */
interface Line {
  readonly door: DoorName
  readonly cookie: string
  readonly name: string
  readonly done: Set<string>
  readonly sent: Set<string>
}

onEveryEngine(({ engine, options, client }) => {
  describe('processes', () => {
    it(
      `that are killed at any moment of locked updates lose and double nothing, for ${seconds} s`,
      { timeout: seconds * 1000 + 60_000 },
      async () => {
        const chance = random(seed)
        const own = { ...options, lockExpiryTime: LEASE, lockRetryDelay: RETRY, lockMaxWaitTime: 30 }
        const workers = Array.from({ length: WORKERS }, () => startWorker(own))
        const until = performance.now() + seconds * 1000
        const refused: unknown[] = []
        const figures = { deaths: 0, done: 0, unanswered: 0, longest: 0 }
        const lines = await Promise.all(
          Array.from({ length: SESSIONS }, async (_, n): Promise<Line> => {
            const door = DOORS[n % DOORS.length] as DoorName
            const name = `${door} ${n}`
            const cookie = await ((await workers[0]) as Worker).logIn(door)
            return { door, cookie, name, done: new Set(), sent: new Set() }
          }),
        )

        async function use(line: Line, place: number): Promise<void> {
          for (let n = 0; performance.now() < until; n++) {
            const token = `${line.name}: ${place}.${n}`
            line.sent.add(token)
            const worker = (await workers[place]) as Worker
            const from = performance.now()
            try {
              const told = await worker.append(line.door, line.cookie, token)
              if (told.done) line.done.add(token)
              else refused.push(told)
              figures.longest = Math.max(figures.longest, performance.now() - from)
            } catch {
              figures.unanswered++ // its process died
            }
          }
        }

        async function kill(): Promise<void> {
          while (performance.now() < until - 2000) {
            await sleep(300 + chance() * 1200)
            const place = Math.floor(chance() * WORKERS)
            const dying = await workers[place]
            workers[place] = startWorker(own)
            dying?.process.kill('SIGKILL')
            figures.deaths++
          }
        }

        try {
          await Promise.all([kill(), ...lines.flatMap((line) => workers.map((_, place) => use(line, place)))])
          const began = performance.now()
          const last = await Promise.all(
            lines.map(async (line) => ((await workers[0]) as Worker).append(line.door, line.cookie, `${line.name}: last`)),
          )
          expect(last).toEqual(lines.map(() => ({ done: true })))
          expect(performance.now() - began).toBeLessThan(LEASE + RETRY + MARGIN)
        } finally {
          for (const { process } of await Promise.all(workers)) process.kill('SIGKILL')
        }
        const { Items = [] } = await client.send(new ScanCommand({ TableName: options.tableName, ConsistentRead: true }))
        const logs = Items.map(({ data }: Record<string, AttributeValue>) => (JSON.parse(data?.S ?? '{}') as { log: string[] }).log)
        for (const { name, done, sent } of lines) {
          const log = logs.find((own) => own.some((token) => token.startsWith(`${name}: `))) ?? []
          figures.done += done.size
          expect(new Set(log).size, 'none is doubled').toBe(log.length)
          expect(
            [...done].filter((token) => !log.includes(token)),
            'none that was acknowledged is lost',
          ).toEqual([])
          expect(log.filter((token) => !sent.has(token) && !token.endsWith(': last'))).toEqual([])
        }
        console.log(`process death on ${engine.name}: FAULT_SEED=${seed}, ${JSON.stringify(figures)}`)
        expect(refused.slice(0, 5)).toEqual([])
        expect(figures.longest).toBeLessThan(LONGEST_WAIT)
        expect(figures.deaths).toBeGreaterThan(2)
        expect(figures.unanswered).toBeGreaterThan(0)
      },
    )
  })
})
