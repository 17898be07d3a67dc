// The model fails where any one of the conditions is taken out that the guarantees rest on.
import { expect, it } from 'vitest'
import { MUTATIONS } from './mutations.ts'
import { runModel } from './run.ts'

it.for(MUTATIONS.filter(({ by }) => by !== undefined))('the model finds it where there is no more: $name', async (mutation) => {
  const played = await runModel(1, mutation, 'first')
  const found = played.find(({ problem }) => problem)
  expect(played).not.toEqual([])
  expect(found?.problem?.texts).toBeDefined()
  console.log(`${mutation.name}: ${found?.scenario}, ${found?.door}: ${found?.problem?.texts.join(', ')}`)
})
