// What the suites of an adapter cannot say of the order of reads and writes: test/astro/order.test.ts shows it over the wire.
import { expect, it } from 'vitest'
import { createDeadline } from '../../../src/core/base/deadline.ts'
import { deferred } from '../../../src/core/base/deferred.ts'
import type { Items } from '../../../src/core/items/items.ts'
import { createOrder } from '../../../src/core/values/order.ts'

/** @param time milliseconds that an operation may take. */
const open = (time: number) => createOrder({ begin: () => createDeadline(time) } as Items)

it('a read waits for a write no longer than an operation may take, and has no time of its own after that', async () => {
  const order = open(20)
  const endless = deferred<void>()
  const written = order.write('key', () => endless.promise)
  // Timers may be early by a millisecond.
  expect(await order.read('key', async (deadline) => (deadline?.left() ?? 20) < 5)).toBe(true)
  endless.resolve()
  await written
})

it('requests that read, find nothing and write at once do not wait for each other for ever', async () => {
  const order = open(60_000)
  let stored: number | null = null
  const visits = Array.from({ length: 20 }, async (_, n) => {
    const found = await order.read('key', async () => stored)
    await order.write('key', async () => void (stored = n))
    return found
  })
  // The first one finds nothing; whoever asked after it sees that it wrote.
  expect((await Promise.all(visits)).map((found) => found === null)).toEqual([true, ...Array.from({ length: 19 }, () => false)])
})
