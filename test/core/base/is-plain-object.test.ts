import { expect, it } from 'vitest'
import { isPlainObject } from '../../../src/core/base/is-plain-object.ts'

it.each([[{}], [{ a: 1 }], [Object.create(null)], [new Date()]])('is an object with keys: %o', (value) => {
  expect(isPlainObject(value)).toBe(true)
})

it.each([[null], [undefined], [[]], ['text'], [1], [() => {}]])('is none: %o', (value) => {
  expect(isPlainObject(value)).toBe(false)
})
