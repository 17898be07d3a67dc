import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createSessionStore } from '../../src/index.ts'
import { onEveryEngine } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'
import { check } from './checker.ts'
import { liveItems, runUsers } from './workload.ts'

const LEASE = 500
/** Locks that are asked for at once after the run. */
const BATCH = 20

/** `FAULT_SECONDS`, `FAULT_SEED`, `FAULT_RATE` (0 to 1) and `FAULT_USERS` change what a run does. */
export function faultSuite(defaultSeconds: number, defaultUsers: number): void {
  const seconds = Number(process.env.FAULT_SECONDS ?? defaultSeconds)
  const rate = Number(process.env.FAULT_RATE ?? 0.3)
  const users = Number(process.env.FAULT_USERS ?? defaultUsers)
  const seed = Number(process.env.FAULT_SEED ?? Date.now() % 2 ** 31)

  onEveryEngine(({ engine, options, client }) => {
    const proxy = useProxy(engine)

    describe('faults', () => {
      it(`lose, revive and double nothing, with ${users} users for ${seconds} s`, { timeout: seconds * 1000 + 120_000 }, async () => {
        const own = {
          ...options,
          endpoint: proxy.endpoint,
          secretKey: 'faults'.repeat(6),
          touchAfter: 0,
          requestTimeout: 3000,
          lockExpiryTime: LEASE,
        }
        const { lines, figures, untyped, refused, ids } = await runUsers(proxy, own, { users, seconds, seed, rate })
        console.log(`faults on ${engine.name}: FAULT_SEED=${seed}, ${lines.length} log-ins, ${JSON.stringify(figures)}`)
        // Renewals have ended with their callbacks, so that every lease is over after one more.
        await sleep(LEASE + 100)
        const violations = check(lines, await liveItems(client, options.tableName), Date.now())
        expect(violations.slice(0, 5)).toEqual([])
        // Not by the times that the items tell alone: whoever asks gets the lock of every session.
        const store = createSessionStore({ ...options, lockExpiryTime: LEASE, lockRetryDelay: 50, lockMaxWaitTime: 20 })
        const live = lines.filter(({ state }) => state === 'live').map(({ current }) => ids.get(current as string) as string)
        for (let from = 0; from < live.length; from += BATCH) {
          const batch = live.slice(from, from + BATCH)
          expect(await Promise.all(batch.map((id) => store.withLock(id, async () => true)))).toEqual(batch.map(() => true))
        }
        expect(untyped.slice(0, 5)).toEqual([])
        expect(refused.slice(0, 5)).toEqual([])
        expect(figures.acknowledged).toBeGreaterThan(users)
        if (rate >= 0.3) expect(Object.keys(figures.faults)).toHaveLength(7)
      })
    })
  })
}
