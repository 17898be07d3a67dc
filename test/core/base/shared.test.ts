import { createRequire } from 'node:module'
import { readdirSync, readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { VERSION, sharedSlot } from '../../../src/core/base/shared.ts'
import { createSessionStore } from '../../../src/index.ts'

describe('what copies of the package share', () => {
  it('is found by each of them, and made once', () => {
    const holder = {}
    sharedSlot<string>('test').set(holder, 'first')
    expect(sharedSlot<string>('test').get(holder)).toBe('first')
    expect(sharedSlot<string>('test').ensure(holder, () => 'second')).toBe('first')
    expect(sharedSlot<string>('other').ensure(holder, () => 'third')).toBe('third')
  })

  it('is no part of a printed or copied driver', () => {
    const driver = {}
    sharedSlot('test', { isHidden: true }).set(driver, 'hidden')
    expect([inspect(driver), { ...driver }]).toEqual(['{}', {}])
  })

  it('of another shape is an error that names both releases', () => {
    const holder = {}
    sharedSlot('test', { shape: 2, version: '9.9.9' }).set(holder, 'of another release')
    expect(() => sharedSlot('test').get(holder)).toThrow(
      expect.objectContaining({
        code: 'INCOMPATIBLE_COPY',
        versions: [VERSION, '9.9.9'],
        message: expect.stringContaining(`${VERSION} and 9.9.9`),
      }),
    )
  })

  it('of a driver from another release is an error of the store that is made on it', () => {
    const driver = {}
    sharedSlot('driver', { shape: 2, version: '9.9.9' }).set(driver, {})
    expect(() => createSessionStore({ driver })).toThrow(expect.objectContaining({ code: 'INCOMPATIBLE_COPY' }))
  })

  it('carries the release of package.json', () => {
    expect(VERSION).toBe((createRequire(import.meta.url)('../../../package.json') as { version: string }).version)
  })

  it('goes through no symbol of its own anywhere else', () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
    // h3 1's own is no meeting place of ours.
    const isOurs = (text: string): boolean => /Symbol\.for\((?!'h3RawBody'\))/.test(text)
    expect(files.filter((file) => isOurs(readFileSync(`src/${file}`, 'utf8')))).toEqual(['core/base/shared.ts'])
  })
})
