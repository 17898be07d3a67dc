import { expect, it } from 'vitest'
import { deferred } from '../../../src/core/base/deferred.ts'
import { createQueue } from '../../../src/core/base/queue.ts'

it('runs the work of one key one after the other', async () => {
  const queue = createQueue<string>()
  const log: string[] = []
  const first = deferred()
  const both = [
    queue.run('a', async () => {
      log.push('first begins')
      await first.promise
      log.push('first ends')
    }),
    queue.run('a', async () => void log.push('second')),
  ]
  await queue.run('b', async () => void log.push('another key'))
  first.resolve()
  await Promise.all(both)
  expect(log).toEqual(['first begins', 'another key', 'first ends', 'second'])
})

it('goes on after work that failed, which whoever gave it hears of', async () => {
  const queue = createQueue<string>()
  const failed = queue.run('a', () => Promise.reject(new Error('no')))
  const next = queue.run('a', async () => 'yes')
  await expect(failed).rejects.toThrow('no')
  await expect(next).resolves.toBe('yes')
})

it('hands on what was left to the work that waits, and to no later one', async () => {
  const queue = createQueue<string, number>()
  const add = async (turn: { last: number | undefined }): Promise<number> => (turn.last = (turn.last ?? 0) + 1)
  expect(await Promise.all([queue.run('a', add), queue.run('a', add)])).toEqual([1, 2])
  expect(await queue.run('a', add)).toBe(1)
})

it('takes objects for keys', async () => {
  const queue = createQueue<object, number>()
  const add = async (turn: { last: number | undefined }): Promise<number> => (turn.last = (turn.last ?? 0) + 1)
  const key = {}
  expect(await Promise.all([queue.run(key, add), queue.run(key, add), queue.run({}, add)])).toEqual([1, 2, 1])
})
