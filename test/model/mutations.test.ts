import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { MUTATIONS } from './mutations.ts'

describe('the conditions that the model must miss', () => {
  it.for(MUTATIONS)('are in the code, once: $name', ({ file, text, replacement }) => {
    expect(readFileSync(file, 'utf8').split(text)).toHaveLength(2)
    expect(replacement).not.toBe(text)
  })
})
