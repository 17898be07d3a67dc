import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import { InvalidArgumentError, InvalidOptionError } from '../../../src/core/base/errors.ts'
import { checkOptions, environmentNames, resolveOptions } from '../../../src/core/options/options.ts'
import type { Environment, SessionOptions } from '../../../src/core/options/options.ts'

const PREFIX = 'AWS_DYNAMO_DB_SESSION_'
const KEY = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='
const variables = new Map([...environmentNames()].map(([variable, name]) => [name, variable]))

function resolve(options: object, env: Environment = {}): object {
  return resolveOptions(options, env)
}

function refusal(options: object, env: Environment = {}): InvalidOptionError {
  try {
    resolve(options, env)
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionError)
    return error as InvalidOptionError
  }
  throw new Error(`${JSON.stringify(options)} and ${JSON.stringify(env)} were accepted`)
}

interface Example {
  readonly right: readonly unknown[]
  readonly wrong: readonly unknown[]
  /** What the environment may say, and what it becomes; absent where only code can set the option. */
  readonly env?: readonly (readonly [string, unknown])[]
  /** What the option needs at its side. */
  readonly with?: SessionOptions
}

const texts: Example = { right: ['a'], wrong: ['', 7, null, true, ['a'], {}], env: [['123', '123']] }
const flags: Example = {
  right: [true, false],
  wrong: [1, 'true', null],
  env: [
    ['true', true],
    ['1', true],
    ['FALSE', false],
    ['0', false],
  ],
}
const durations: Example = {
  right: [0, 0.5, 3600, 400 * 86_400],
  wrong: [-1, '60', Number.NaN, Infinity, 400 * 86_400 + 1, null],
  env: [['90', 90]],
}
const functions: Example = { right: [() => 'abcdefghijklmnopqrstuvwxyz'], wrong: ['x', {}, null] }
const within = (least: number, most: number, others: readonly unknown[] = [least + 0.5]): Example => ({
  right: [least, most],
  wrong: [least - 1, most + 1, String(least), null, Number.NaN, ...others],
  env: [[String(least), least]],
})

/** Every option; the type makes this list fail to compile when one is missing. */
const EXAMPLES: { readonly [Name in keyof Required<SessionOptions>]: Example } = {
  tableName: {
    right: ['sessions', 'a.b-c_d', 'arn:aws:dynamodb:us-east-1:123456789012:table/sessions'],
    wrong: ['ab', 'a b c', 'x'.repeat(256), '', 7, null],
    env: [['12345', '12345']],
  },
  tableKey: texts,
  keyPrefix: { right: ['', 'shop:'], wrong: [7, null], env: [['7', '7']] },
  sortKey: { ...texts, with: { sortKeyValue: 'SESSION' } },
  sortKeyValue: { ...texts, with: { sortKey: 'sk' } },
  region: texts,
  endpoint: {
    right: ['http://localhost:8000', 'https://dynamodb.eu-west-1.amazonaws.com'],
    wrong: [
      'localhost:8000',
      'localhost',
      '',
      8000,
      'http://localhost:1?token=hunter2',
      'http://localhost:1/#hunter2',
      'http://a:hunter2@b',
    ],
    env: [['http://localhost:8000', 'http://localhost:8000']],
  },
  client: { right: [new DynamoDBClient({ region: 'us-east-1' })], wrong: [{}, { send: () => {} }, 'client', null] },
  credentials: {
    right: [{ accessKeyId: 'a', secretAccessKey: 'b' }, async () => ({ accessKeyId: 'a', secretAccessKey: 'b' })],
    wrong: [{ accessKeyId: 'a' }, 'a:b', null],
  },
  requestTimeout: within(1, 300_000),
  maxAttempts: within(1, 20),
  consistentRead: flags,
  driver: { right: [{}], wrong: ['dynamodb', null, []] },
  configFile: { right: ['sessions.yaml'], wrong: ['', 7] },
  secretKey: {
    right: ['secret', ['new', 'old']],
    wrong: ['', [], ['new', ''], 7, [7], null, {}],
    env: [
      ['20260101', '20260101'],
      ['true', 'true'],
      ['["new","old"]', ['new', 'old']],
      ['[not json', '[not json'],
      ['[1, 2]', '[1, 2]'],
    ],
  },
  cookie: { right: [{ path: '/' }], wrong: ['name', null, []] },
  name: texts,
  maxAge: { ...durations, right: [0.5, 3600, 400 * 86_400], wrong: [...durations.wrong, 0] },
  maxStale: durations,
  touchAfter: { ...durations, right: [0, 0.5, 3600] },
  hashIds: flags,
  generateId: functions,
  onConflict: { right: ['merge', 'overwrite', 'error'], wrong: ['retry', '', true], env: [['error', 'error']] },
  userIdKey: texts,
  enableLocking: flags,
  lockExpiryTime: within(50, 3_600_000),
  lockRetryDelay: within(1, 60_000),
  lockMaxWaitTime: within(0, 3600, ['1']),
  raiseErrors: flags,
  errorHandler: functions,
  serializer: { right: [JSON], wrong: ['json', {}, { parse: JSON.parse }, null], env: [['json', JSON]] },
  maxDataSize: within(512 * 1024, 64 * 1024 * 1024),
  compression: {
    right: [true, false, 0, 4096],
    wrong: [-1, 1.5, '1024', null],
    env: [
      ['true', true],
      ['0', false],
      ['1', true],
      ['4096', 4096],
    ],
  },
  encryptionKey: {
    right: [KEY, '0f'.repeat(32), [KEY, KEY.replace('AAE', 'BBE')]],
    wrong: ['hunter2-hunter2', KEY.slice(4), '', [], [KEY, 'short'], 7],
    env: [
      [KEY, KEY],
      [JSON.stringify([KEY]), [KEY]],
    ],
  },
  requireEncryption: { ...flags, with: { encryptionKey: KEY } },
  billingMode: { right: ['PAY_PER_REQUEST', 'PROVISIONED'], wrong: ['on-demand', 'provisioned', 1], env: [['PROVISIONED', 'PROVISIONED']] },
  readCapacity: within(1, 40_000),
  writeCapacity: within(1, 40_000),
  ttl: durations,
}

const NAMES = Object.keys(EXAMPLES) as (keyof SessionOptions)[]

describe.each(NAMES)('%s', (name) => {
  const { right, wrong, env, with: others } = EXAMPLES[name]

  it('takes right values as they are', () => {
    for (const value of right) expect(resolve({ ...others, [name]: value })).toHaveProperty([name], value)
  })

  it('refuses others by name, type and source', () => {
    for (const value of wrong) {
      const error = refusal({ ...others, [name]: value })
      expect(error).toMatchObject({ name: 'InvalidOptionError', code: 'INVALID_OPTION', option: name, source: 'code' })
      expect(error.message).toContain(`\`${name}\` (from code)`)
      expect(error.message).toMatch(/\((it is (null|a list|(an? |the )?\w+( [\w.+-]+)?))\)$/)
    }
  })

  it(env ? 'is parsed from its environment variable by its own type' : 'cannot be set by the environment', () => {
    const variable = PREFIX + name.replace(/[A-Z]/g, '_$&').toUpperCase()
    expect(variables.get(name)).toBe(env ? variable : undefined)
    for (const [text, value] of env ?? []) expect(resolve({ ...others }, { [variable]: text })).toHaveProperty([name], value)
    if (env) expect(resolve({}, { [variable]: '' })).toEqual(resolve({}))
    else if (name !== 'configFile') expect(refusal({}, { [variable]: 'x' })).toMatchObject({ source: variable })
  })

  it('is in docs/configuration.md, with its variable', () => {
    const docs = readFileSync(join(import.meta.dirname, '../../../docs/configuration.md'), 'utf8')
    const row = docs.split('\n').find((line) => line.startsWith(`| \`${name}\``))
    expect(row).toBeDefined()
    expect(row).toContain(variables.get(name)?.slice(PREFIX.length) ?? (name === 'cookie' ? 'no variable' : 'code only'))
  })
})

describe('precedence', () => {
  it('is code, environment, the adapter’s own defaults, defaults', () => {
    const env = { [`${PREFIX}MAX_STALE`]: '60' }
    expect(resolveOptions({ maxStale: 30 }, env, { maxStale: 90 }).maxStale).toBe(30)
    expect(resolveOptions({}, env, { maxStale: 90 }).maxStale).toBe(60)
    expect(resolveOptions({}, {}, { maxStale: 90 }).maxStale).toBe(90)
    expect(resolveOptions({}, {}).maxStale).toBe(14 * 86_400)
  })

  it('takes undefined for not set, on every rank', () => {
    const env = { [`${PREFIX}MAX_STALE`]: undefined }
    expect(resolveOptions({ maxStale: undefined }, env, { maxStale: undefined }).maxStale).toBe(14 * 86_400)
  })

  it('reads process.env when no environment is given', () => {
    vi.stubEnv(`${PREFIX}TABLE_NAME`, 'from-process')
    expect(resolveOptions().tableName).toBe('from-process')
  })

  it('leaves region, endpoint and credentials to the SDK', () => {
    const resolved = resolveOptions({}, { AWS_REGION: 'eu-west-1' })
    for (const name of ['region', 'endpoint', 'credentials', 'client']) expect(resolved).not.toHaveProperty(name)
  })
})

describe('unknown names', () => {
  it.each([
    ['password', 'secretKey'],
    ['secrets', 'secretKey'],
    ['idleTimeout', 'maxStale'],
    ['table', 'tableName'],
    ['base', 'keyPrefix'],
    ['dynamoDbClient', 'client'],
    ['tabelName', 'tableName'],
    ['maxage', 'maxAge'],
  ])('%s: the error names %s', (given, ours) => {
    const error = refusal({ [given]: 'hunter2' })
    expect(error.option).toBe(given)
    expect(error.message).toContain(`did you mean \`${ours}\`?`)
    expect(error.message).not.toContain('hunter2')
  })

  it.each(['somethingElse', 'constructor', '__proto__', 'toString'])('%s: the error says where the options are listed', (given) => {
    expect(refusal(JSON.parse(`{ "${given}": 1 }`) as object).message).toContain('docs/configuration.md')
  })

  it('in the environment are errors too, with the variable as the source', () => {
    const variable = `${PREFIX}TABEL_NAME`
    const error = refusal({}, { [variable]: 'hunter2' })
    expect(error).toMatchObject({ source: variable })
    expect(error.message).toContain('did you mean `tableName`?')
    expect(error.message).not.toContain('hunter2')
    expect(resolve({}, { [variable]: '', AWS_DYNAMO_DB_OTHER: 'x' })).toEqual(resolve({}))
  })

  it('are not looked for in what is no object', () => {
    for (const options of [null, 'sessions', [], 7]) expect(() => resolveOptions(options as never, {})).toThrow(InvalidArgumentError)
  })
})

describe('durations', () => {
  it.each(['maxAge', 'maxStale', 'touchAfter', 'ttl'])('%s in milliseconds: the error suggests a thousandth', (name) => {
    expect(refusal({ [name]: 604_800_000 }).message).toMatch(/in seconds.*did you mean 604800\?.*604800000/)
    expect(refusal({}, { [variables.get(name as keyof SessionOptions) ?? '']: '604800000' }).message).toContain('did you mean 604800?')
  })
})

describe('options that depend on each other', () => {
  it('touchAfter is below maxStale, whoever set it', () => {
    expect(refusal({ touchAfter: 60, maxStale: 60 })).toMatchObject({ option: 'touchAfter', source: 'code' })
    expect(refusal({ touchAfter: 14 * 86_400 }).option).toBe('touchAfter')
    expect(refusal({ maxStale: 60 }, { [`${PREFIX}TOUCH_AFTER`]: '60' })).toMatchObject({ source: `${PREFIX}TOUCH_AFTER` })
    expect(() => resolve({ touchAfter: 60, maxStale: 0 })).not.toThrow()
    expect(() => resolve({ touchAfter: 59.9, maxStale: 60 })).not.toThrow()
  })

  it('sortKey and sortKeyValue go together', () => {
    expect(refusal({ sortKey: 'sk' }).option).toBe('sortKeyValue')
    expect(refusal({ sortKeyValue: 'SESSION' }).option).toBe('sortKey')
    expect(refusal({}, { [`${PREFIX}SORT_KEY`]: 'sk' })).toMatchObject({ option: 'sortKeyValue', source: `${PREFIX}SORT_KEY` })
  })

  it('on-demand billing has no capacities', () => {
    expect(refusal({ billingMode: 'PAY_PER_REQUEST', readCapacity: 5 }).option).toBe('billingMode')
    expect(refusal({ billingMode: 'PAY_PER_REQUEST', writeCapacity: 5 }).option).toBe('billingMode')
    expect(() => resolve({ billingMode: 'PROVISIONED', readCapacity: 5 })).not.toThrow()
    expect(() => resolve({ writeCapacity: 5 })).not.toThrow()
  })

  it('requireEncryption needs a key', () => {
    expect(refusal({ requireEncryption: true }).option).toBe('requireEncryption')
  })
})

describe('secrets', () => {
  it('are in no message, of whatever type and in whatever place they are', () => {
    const errors = [
      refusal({ secretKey: 20_260_101 }),
      refusal({ secretKey: { hunter2: 'hunter2' } }),
      refusal({ secretKey: ['hunter2', 20_260_101] }),
      refusal({ encryptionKey: 'hunter2' }),
      refusal({ encryptionKey: 20_260_101 }),
      refusal({ credentials: { secretAccessKey: 'hunter2' } }),
      refusal({ credentials: 20_260_101 }),
      refusal({ maxAge: 'hunter2' }),
      refusal({}, { [`${PREFIX}ENCRYPTION_KEY`]: 'hunter2' }),
      refusal({}, { [`${PREFIX}MAX_AGE`]: 'hunter2' }),
    ]
    for (const error of errors)
      expect(inspect(error, { showHidden: true }).replaceAll(import.meta.filename, '')).not.toMatch(/hunter2|20260101/)
  })
})

describe('the variable that names a file', () => {
  it('warns once when the options did not come from it', async () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    vi.resetModules()
    const fresh = await import('../../../src/core/options/options.ts')
    const env = { [`${PREFIX}CONFIG_FILE`]: 'sessions.yaml' }
    fresh.resolveOptions({}, { [`${PREFIX}CONFIG_FILE`]: '' })
    fresh.resolveOptions({ configFile: '/app/sessions.yaml' }, env)
    expect(emitWarning).not.toHaveBeenCalled()
    fresh.resolveOptions({}, env)
    fresh.resolveOptions({}, env)
    expect(emitWarning).toHaveBeenCalledExactlyOnceWith(
      expect.stringContaining(`${PREFIX}CONFIG_FILE`),
      expect.objectContaining({ type: 'DynamoSessionWarning', code: 'CONFIG_FILE_NOT_READ' }),
    )
  })
})

it('checking a layer keeps what is set, adds nothing and names the given source', () => {
  expect(checkOptions({ tableName: 'sessions', region: undefined })).toEqual({ tableName: 'sessions' })
  expect(() => checkOptions({ region: 7 }, (name) => `file of ${name}`)).toThrow('from file of region')
})
