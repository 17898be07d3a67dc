// What the Nuxt module does before any application is built; test/e2e/nuxt.e2e.ts builds one.
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { environmentNames } from '../../src/core/options/options.ts'
import { declaredOptions, optionsOf } from '../../src/nitro/options.ts'
import { developmentSecret } from '../../src/nitro/secret.ts'
import dynamoSessions from '../../src/nuxt.ts'
import { declarations } from '../../src/nuxt/types.ts'

test("Nuxt's module is for Nuxt 4 and later", async () => {
  expect(await dynamoSessions.getMeta?.()).toMatchObject({
    name: 'dynamodb-sessions/nuxt',
    configKey: 'dynamodbSessions',
    compatibility: { nuxt: '>=4' },
  })
})

describe("Nuxt's options", () => {
  const read = (values: Record<string, unknown>, env: Record<string, string> = {}) => optionsOf(values, env)
  const problem = (values: Record<string, unknown>, env: Record<string, string> = {}): unknown => {
    try {
      return read(values, env)
    } catch (error) {
      return error
    }
  }

  test('declare every option that the environment may set, as a text that counts as not given', () => {
    expect(Object.keys(declaredOptions())).toEqual([...environmentNames().values()])
    expect(read(declaredOptions())).toEqual({})
    expect(read({ secretKey: undefined, tableName: null })).toEqual({})
  })

  test('are of their own types, whatever Nitro made of the text', () => {
    expect(
      read({ maxStale: 3600, enableLocking: true, hashIds: 0, tableName: 'shop', compression: 2048, cookie: { sameSite: 'strict' } }),
    ).toEqual({
      maxStale: 3600,
      enableLocking: true,
      hashIds: false,
      tableName: 'shop',
      compression: 2048,
      cookie: { sameSite: 'strict' },
    })
    expect(read({ maxStale: '3600', enableLocking: '1', serializer: 'json' })).toEqual({
      maxStale: 3600,
      enableLocking: true,
      serializer: JSON,
    })
  })

  test('take the password of a sealed cookie from the environment, and say where it is missing when the server runs', () => {
    const migrate = { from: 'nuxt-auth-utils', password: '', until: '2030-01-01' }
    const [NUXT, NITRO] = ['NUXT', 'NITRO'].map((prefix) => `${prefix}_DYNAMODB_SESSIONS_MIGRATE_PASSWORD`) as [string, string]
    expect(read({ migrate })).toEqual({})
    expect(read({ migrate }, { [NUXT]: '1e5' })).toEqual({ migrate: { ...migrate, password: '1e5' } })
    // Nitro has read the text as a number.
    expect(read({ migrate: { ...migrate, password: 100_000 } }, { [NITRO]: '1e5' })).toEqual({ migrate: { ...migrate, password: '1e5' } })
    expect(read({ migrate: { ...migrate, password: 'of the build' } })).toEqual({ migrate: { ...migrate, password: 'of the build' } })
    expect(problem({ migrate }, { PATH: '/bin' })).toMatchObject({ code: 'INVALID_OPTION', message: expect.stringContaining(NUXT) })
  })

  test('take no function for the device, which would not outlast the build', () => {
    expect(read({ device: 'true' })).toEqual({ device: true })
    expect(problem({ device: () => ({ label: 'a phone' }) })).toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('device'),
    })
  })

  test("keep a cookie's end over the build", () => {
    const cookie = { expires: new Date('2030-01-01'), sameSite: 'strict' }
    expect(read({ cookie: JSON.parse(JSON.stringify(cookie)) })).toEqual({ cookie })
  })

  test.for([
    ['1e5', 100_000],
    ['0.10', 0.1],
    ['12345678901234567.8', 12_345_678_901_234_568],
    ['TRUE', true],
    ['{"a":1}', { a: 1 }],
    ['[1]', [1]],
  ])('take the secret %s as it was written', ([text, value]) => {
    expect(read({ secretKey: value }, { NUXT_DYNAMODB_SESSIONS_SECRET_KEY: text as string })).toEqual({ secretKey: text })
    expect(
      read({ secretKey: value }, { NITRO_DYNAMODB_SESSIONS_SECRET_KEY: text as string, NUXT_DYNAMODB_SESSIONS_SECRET_KEY: 'x' }),
    ).toEqual({
      secretKey: text,
    })
  })

  test('take a list of secrets', () => {
    const env = { NUXT_DYNAMODB_SESSIONS_SECRET_KEY: '["new","1e5"]' }
    expect(read({ secretKey: ['new', '1e5'] }, env)).toEqual({ secretKey: ['new', '1e5'] })
    expect(read({ secretKey: ['new', 'old'] })).toEqual({ secretKey: ['new', 'old'] })
  })

  test('turn a whole number back into text, and refuse what cannot be', () => {
    expect(read({ secretKey: 20261123, keyPrefix: 42 })).toEqual({ secretKey: '20261123', keyPrefix: '42' })
    for (const value of [1e21, 2 ** 64, 0.1, Number.NaN, true]) {
      expect(problem({ secretKey: value })).toMatchObject({
        code: 'INVALID_OPTION',
        option: 'secretKey',
        message: expect.stringContaining('choose one with letters'),
      })
      expect((problem({ secretKey: value }) as Error).message).not.toContain(String(value).slice(0, 10))
    }
  })

  test('are errors that name the variable, and never show a secret', () => {
    expect(problem({ maxStale: '1 day' }, { NUXT_DYNAMODB_SESSIONS_MAX_STALE: '1 day' })).toMatchObject({
      option: 'maxStale',
      source: 'NUXT_DYNAMODB_SESSIONS_MAX_STALE',
    })
    const error = problem({ encryptionKey: 'too-short-a-key' }) as Error
    expect(error.message).toContain('(from runtimeConfig.dynamodbSessions)')
    expect(error.message).not.toContain('too-short')
    expect(problem({ password: 'a long secret' })).toMatchObject({ message: expect.stringContaining('did you mean `secretKey`') })
  })

  test('are no living objects, which are lost in the build', () => {
    for (const values of [
      { generateId: () => 'id' },
      { client: {} },
      { driver: {} },
      { serializer: { stringify: String, parse: String } },
    ]) {
      expect(problem(values)).toMatchObject({ option: Object.keys(values)[0], message: expect.stringContaining('dynamodb-sessions/h3') })
    }
  })
})

describe("Nuxt's module", () => {
  test('refuses a wrong option while it builds, wherever it is', async () => {
    const setup = dynamoSessions as unknown as (options: object, nuxt: object) => Promise<void>
    const nuxt = (runtimeConfig: object): object => ({
      _version: '4.5.0',
      options: { runtimeConfig, modules: [] },
      callHook: async () => {},
    })
    await expect(setup({ password: 'x' }, nuxt({}))).rejects.toThrow('(from nuxt.config)')
    await expect(setup({}, nuxt({ dynamodbSessions: { password: 'x' } }))).rejects.toThrow('(from runtimeConfig.dynamodbSessions)')
  })
})

describe("Nuxt's secret of development", () => {
  test('is kept over restarts, for its owner alone, and told of once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dynamodb-sessions-nuxt-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const lines: string[] = []
    const secret = await developmentSecret(folder, 'A_SECRET', (line) => lines.push(line))
    expect(secret).toMatch(/^[\w-]{43}$/)
    expect(await developmentSecret(folder, 'A_SECRET', (line) => lines.push(line))).toBe(secret)
    expect(lines).toEqual([expect.stringMatching(/development only.*set A_SECRET to/)])
    expect(lines[0]).not.toContain(secret)
    expect((await stat(join(folder, 'cache/dynamodb-sessions.secret'))).mode & 0o777).toBe(0o600)
    expect(await developmentSecret(join(folder, 'other'), 'A_SECRET', () => {})).not.toBe(secret)
  })
})

describe("Nuxt's types", () => {
  test('name every utility that the server has', async () => {
    const text = await readFile('src/nuxt/runtime/server.ts', 'utf8')
    const utilities = [...text.matchAll(/^export const (\w+): Utilities\['\1'\]/gm)].map(([, name]) => name)
    expect(utilities).toHaveLength(5)
    expect(declarations([]).match(/(?<=export const )\w+/g)).toEqual(utilities)
  })

  test('name the public keys as texts of any kind', () => {
    expect(declarations(['userId', "it's"])).toContain('PublicKey = "userId" | "it\'s"\n')
  })
})
