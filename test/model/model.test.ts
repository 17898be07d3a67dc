// Every interleaving of up to three requests, on the package's own code (guarantees 2, 5, 8, 9, 15 and 16).
import { availableParallelism } from 'node:os'
import { expect, it } from 'vitest'
import { runModel } from './run.ts'

/** `npm test` plays every third scenario, through one adapter each, by turns; `npm run test:e2e` plays all. */
const isAll = process.env.PLAYS !== 'some'

// A busy machine may take long: what it works is printed.
it('a browser and its sessions are right after every order of requests, answers and what befalls them', { timeout: 600_000 }, async () => {
  const played = await runModel(Math.min(4, availableParallelism()), undefined, isAll ? undefined : 'some')
  const sum = (of: 'schedules' | 'states' | 'ends' | 'seconds'): number => played.reduce((all, one) => all + one[of], 0)
  console.log(
    `model: ${played.length} plays, ${sum('states')} states, ${sum('schedules')} schedules, ${sum('ends')} ends, ${sum('seconds').toFixed(1)} s of a processor`,
  )
  expect(played.filter(({ problem }) => problem)).toEqual([])
  // A model that stands still finds nothing.
  expect(played.filter(({ ends }) => ends === 0)).toEqual([])
  expect(sum('states')).toBeGreaterThan(isAll ? 10_000 : 1500)
})
