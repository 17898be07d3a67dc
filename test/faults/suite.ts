import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createSessionStore } from '../../src/index.ts'
import { onEveryEngine } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'
import { check } from './checker.ts'
import { liveItem, liveItems } from './table.ts'
import { runUsers } from './workload.ts'
import type { Outcome } from './workload.ts'

const LEASE = 500
const LIFETIME = 3600
/** Locks that are asked for at once after the run. */
const BATCH = 20
/** The share of each kind of operation that faults may fail: the SDK stops repeating reads once its budget for that is empty. */
const MOST_FAILURES = 0.5

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
          maxStale: LIFETIME,
          touchAfter: 0,
          // No fault here is a silent one: what a busy machine takes long for must not be done again and then be late.
          requestTimeout: 20_000,
          lockExpiryTime: LEASE,
          lockRetryDelay: 50,
          lockMaxWaitTime: 5,
        }
        const { lines, figures, operations, unexpected, refused, violations, doubtful } = await runUsers(
          proxy,
          own,
          { users, seconds, seed, rate },
          (key) => liveItem(client, options.tableName, key),
        )
        console.log(`faults on ${engine.name}: FAULT_SEED=${seed}, ${lines.length} log-ins, ${JSON.stringify(figures)}`)
        // Renewals have ended with their callbacks, so that every lease is over after one more.
        await sleep(LEASE + 100)
        const items = await liveItems(client, options.tableName)
        expect([...violations, ...check(lines, items, Date.now(), LIFETIME, doubtful)].slice(0, 5)).toEqual([])
        expect(unexpected.slice(0, 5)).toEqual([])
        expect(refused.slice(0, 5)).toEqual([])

        // Not by the times that the items tell alone: whoever asks gets the lock of every session.
        const store = createSessionStore({ ...options, maxStale: LIFETIME, lockExpiryTime: LEASE, lockRetryDelay: 50, lockMaxWaitTime: 20 })
        const ids = lines.flatMap(({ id, state }) => (id !== undefined && state === 'live' ? [id] : []))
        for (let from = 0; from < ids.length; from += BATCH) {
          const batch = ids.slice(from, from + BATCH)
          expect(await Promise.all(batch.map((id) => store.withLock(id, async () => true)))).toEqual(batch.map(() => true))
        }

        // Without this, a door that does nothing but fail would pass.
        const never = [...operations].filter(([, { acknowledged }]) => acknowledged === 0).map(([name]) => name)
        if (rate <= 0.3 && users >= 20) expect(never).toEqual([])
        const failing = Object.entries(failuresByKind(operations)).filter(([, share]) => share > MOST_FAILURES)
        if (rate <= 0.3) expect(failing).toEqual([])
        if (rate >= 0.3) expect(Object.keys(figures.faults)).toHaveLength(9)
      })
    })
  })
}

function failuresByKind(operations: Outcome['operations']): Record<string, number> {
  const sums: Record<string, { acknowledged: number; begun: number }> = {}
  for (const [name, { acknowledged, begun }] of operations) {
    const sum = (sums[name.split(': ')[1] as string] ??= { acknowledged: 0, begun: 0 })
    sum.acknowledged += acknowledged
    sum.begun += begun
  }
  return Object.fromEntries(Object.entries(sums).map(([kind, { acknowledged, begun }]) => [kind, 1 - acknowledged / begun]))
}
