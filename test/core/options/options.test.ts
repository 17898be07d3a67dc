// Every option by itself: what it takes, and what it refuses.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { SessionOptions } from '../../../src/core/options/options.ts'
import { PREFIX, refusal, resolve, variables } from './refusal.ts'

const KEY = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='

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
  keyPrefix: {
    // Bytes, and not characters: 1,920 leave room for the longest id in DynamoDB's 2,048.
    right: ['', 'shop:', `${'x'.repeat(1919)}:`, `${'é'.repeat(959)}x:`],
    wrong: [7, null, `${'x'.repeat(1920)}:`, `${'é'.repeat(960)}:`, '\uD800:'],
    env: [['7', '7']],
  },
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
  maxSockets: within(1, 1000),
  transport: { right: ['http', 'sdk'], wrong: ['HTTP', 'aws', '', 1, null], env: [['sdk', 'sdk']] },
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
  migrate: {
    right: [
      { from: 'h3', password: 'p' },
      { from: 'iron-session', name: 'app', password: { 1: 'p' }, until: '2027-01-01' },
    ],
    wrong: ['h3', null, {}, { from: 'h4', password: 'p' }, { from: 'h3', password: '' }, { from: 'h3', password: {} }].concat(
      { from: 'iron-session', password: 'p' } as never,
      { from: 'h3', password: 'p', until: 'soon' } as never,
    ),
  },
  name: texts,
  maxAge: { ...durations, right: [0.5, 3600, 400 * 86_400], wrong: [...durations.wrong, 0] },
  maxStale: durations,
  touchAfter: { ...durations, right: [0, 0.5, 3600] },
  hashIds: flags,
  generateId: functions,
  onConflict: { right: ['merge', 'overwrite', 'error'], wrong: ['retry', '', true], env: [['error', 'error']] },
  userIdKey: texts,
  device: { right: [true, false, () => ({ label: 'a phone' })], wrong: ['yes', 1, null, {}], env: [['true', true]] },
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

// Secrets may be short outside production, which is warned of: `short-secret.test.ts`.
beforeEach(() => void vi.spyOn(process, 'emitWarning').mockReturnValue())

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
    expect(row).toContain(variables.get(name)?.slice(PREFIX.length) ?? (['cookie', 'migrate'].includes(name) ? 'no variable' : 'code only'))
  })
})
