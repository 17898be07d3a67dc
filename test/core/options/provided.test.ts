// Options that a framework's module gives to the process.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { provideOptions, withProvided } from '../../../src/core/options/provided.ts'
import type { SessionOptions } from '../../../src/index.ts'
import { createSessionStore, InvalidOptionError } from '../../../src/index.ts'
import dynamodbDriver from '../../../src/driver.ts'
import { dynamoSession, useDynamoSession, withDynamoSession } from '../../../src/h3.ts'
import dynamoSessions from '../../../src/nitro.ts'
import type { NitroLike } from '../../../src/nitro.ts'

const provided: SessionOptions = { tableName: 'provided', keyPrefix: 'app:', secretKey: 'secret'.repeat(4), maxStale: 60 }
const id = 'a'.repeat(43)

describe('provided options', () => {
  beforeEach(() => {
    provideOptions(() => provided)
    return () => provideOptions(() => ({}))
  })

  test('rank below those of a call, of which undefined ones do not count', () => {
    expect(withProvided({})).toBe(provided)
    expect(withProvided({ tableName: 'own', secretKey: undefined } as SessionOptions)).toEqual({ ...provided, tableName: 'own' })
    expect(createSessionStore().keyOf(id)).toMatch(/^app:/)
    expect(createSessionStore({ keyPrefix: 'own:' }).keyOf(id)).toMatch(/^own:/)
  })

  test('say which session of h3 is meant by a call without any, whatever was opened before', async () => {
    const event = { context: {}, headers: new Headers(), req: { headers: new Headers() } }
    const cart = await useDynamoSession(event, { name: 'cart' })
    const own = await useDynamoSession(event)
    expect(own).not.toBe(cart)
    expect(await useDynamoSession(event)).toBe(own)
    expect(await useDynamoSession(event, { name: '__Host-session' })).toBe(own)
  })

  test('count for what middleware and wrapped handlers are given, which is otherwise checked when they are made', () => {
    provideOptions(() => ({ ...provided, maxStale: 60 * 86_400, encryptionKey: Buffer.alloc(32).toString('base64') }))
    for (const options of [{ touchAfter: 15 * 86_400 }, { requireEncryption: true }]) {
      expect(() => dynamoSession(options)).not.toThrow()
      expect(() => withDynamoSession(() => 1, options)).not.toThrow()
    }
    for (const options of [{ touchAfter: -1 }, { name: '__Host-a', cookie: { domain: 'example.com' } }]) {
      expect(() => dynamoSession(options)).toThrow(InvalidOptionError)
      expect(() => withDynamoSession(() => 1, options)).toThrow(InvalidOptionError)
    }
  })

  test('leave a driver its own table and connection', () => {
    const driver = dynamodbDriver({ keyPrefix: 'mounted:' })
    expect(createSessionStore({ driver }).keyOf(id)).toMatch(/^mounted:/)
    expect(withProvided({ driver } as SessionOptions)).toMatchObject({ secretKey: 'secret'.repeat(4), maxStale: 60, tableName: undefined })
  })
})

describe("Nitro's module", () => {
  const reloads: (() => Promise<void>)[] = []
  const options = { dev: false, buildDir: '', runtimeConfig: {}, plugins: ['own'], virtual: {} as Record<string, string> }
  const nitro = (more: object = {}): NitroLike => ({
    options: { ...structuredClone(options), ...more },
    logger: { info() {} },
    hooks: { hook: (_, listener) => reloads.push(listener) },
  })
  afterEach(() => void reloads.splice(0))

  test('needs no configuration, and declares what the environment may set, also after a change', async () => {
    const made = nitro()
    await dynamoSessions.setup(made)
    expect(made.options.runtimeConfig).toMatchObject({ dynamodbSessions: { tableName: '', secretKey: '' } })
    expect(made.options.plugins.map((file) => file.replace(/^\/.*\/src\//, ''))).toEqual([
      'nitro/runtime/plugin.mjs',
      '#dynamodb-sessions/options',
      'own',
    ])
    expect(made.options.experimental).toBeUndefined()
    const changed = Object.assign(made.options, { runtimeConfig: { dynamodbSessions: { tableName: 'new' } } })
    for (const reload of reloads) await reload()
    expect(changed.runtimeConfig).toMatchObject({ dynamodbSessions: { tableName: 'new', secretKey: '' } })
  })

  test('switches tasks on where its own is scheduled, and keeps one of that name', async () => {
    const made = nitro({ scheduledTasks: { '0 3 * * *': ['sessions:gc', 'other'] }, experimental: { other: true } })
    await dynamoSessions.setup(made)
    expect(made.options.experimental).toEqual({ other: true, tasks: true })
    expect(made.options.tasks?.['sessions:gc']?.handler).toMatch(/^\/.*\/nitro\/runtime\/gc\.mjs$/)
    const own = nitro({ tasks: { 'sessions:gc': { handler: 'own' } }, scheduledTasks: { '0 3 * * *': 'other' } })
    await dynamoSessions.setup(own)
    expect([own.options.tasks?.['sessions:gc']?.handler, own.options.experimental]).toEqual(['own', undefined])
  })

  test('refuses a wrong option while it builds', async () => {
    const wrong = nitro({ runtimeConfig: { dynamodbSessions: { password: 'x' } } })
    await expect(dynamoSessions.setup(wrong)).rejects.toThrow('did you mean `secretKey`')
  })
})
