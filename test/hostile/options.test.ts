// Configuration files and environment values that make no sense, or mean harm: options, or an error of ours that shows no secret.
import fc from 'fast-check'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { loadSessionConfig } from '../../src/config.ts'
import { checkOptions, environmentNames, resolveOptions } from '../../src/core/options/options.ts'
import { useDynamoSession } from '../../src/h3.ts'
import type { DynamoSessionOptions, SessionEvent } from '../../src/h3.ts'
import { InvalidOptionError } from '../../src/index.ts'
import { CANARY, check, refusalOf, snapshotPrototypes, trickyText } from './input.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dynamodb-sessions-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
/** A folder of its own for each file: modules are kept by their path. */
async function load(name: string, content: string, env: Record<string, string> = {}): Promise<unknown> {
  const cwd = join(folder, String(files++))
  mkdirSync(cwd)
  writeFileSync(join(cwd, name), content)
  let loaded: unknown
  const refused = await refusalOf(async () => (loaded = await loadSessionConfig({ cwd, env })))
  if (refused) expect(refused).toBeInstanceOf(InvalidOptionError)
  return refused ?? loaded
}

const NAMES = [
  'tableName',
  'table_name',
  'secretKey',
  'maxAge',
  'cookie',
  'client',
  'credentials',
  'configFile',
  '$production',
  '$env',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
]
const named = fc.oneof(fc.constantFrom(...NAMES), trickyText)
const NESTED = { [CANARY]: CANARY }
const hostileJson = fc
  .array(fc.tuple(named, fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom<unknown>(CANARY, [CANARY], NESTED, '<%= x %>', 1e308))), {
    maxLength: 4,
  })
  // What is in a layer of an environment is an option, whose name an error shows: there the value alone is a secret.
  .map((entries) => entries.map(([name, value]) => [name, name.startsWith('$') && value === NESTED ? { secretKey: CANARY } : value]))
  .map((entries) => `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`)
const structural = fc.string({
  unit: fc.constantFrom(
    ...'{}[]&*!|>%@`-:?,#"\'=. \t',
    '\n',
    '\n  ',
    'a: ',
    '&a',
    '*a',
    '<<: ',
    '__proto__',
    'secretKey',
    `"${CANARY}"`,
    '!!js/function ',
    '---\n',
    '\0',
  ),
  maxLength: 30,
})
const damagedText = fc
  .tuple(
    fc.oneof(
      hostileJson,
      fc.constant(`table_name: sessions\nsecret_key: "x${CANARY}"\nmax_age: 3600\n`),
      fc.constant(`tableName = "sessions"\nsecretKey = "x${CANARY}"\n[cookie]\nname = "a"\n`),
    ),
    fc.nat(),
    structural,
  )
  .map(([text, at, more]) => text.slice(0, at % (text.length + 1)) + more + text.slice(at % (text.length + 1)))

describe('a configuration file', { timeout: 300_000 }, () => {
  const prototypes = snapshotPrototypes()
  beforeEach(() => () => expect(snapshotPrototypes()).toEqual(prototypes))

  it.each(['dynamodb-sessions.config.json', 'dynamodb-sessions.config.yaml', 'dynamodb-sessions.config.toml', '.dynamodb-sessionsrc'])(
    'of any content is options or a typed error: %s',
    async (name) => {
      const environment = fc.constantFrom('production', '__proto__', 'constructor', '')
      const property = fc.asyncProperty(
        fc.oneof(hostileJson, structural, damagedText, trickyText),
        environment,
        async (content, NODE_ENV) => {
          await load(name, content, { NODE_ENV })
        },
      )
      await check(property, 150)
    },
  )

  it.each([
    ['a circle', 'a: &a [*a]\n'],
    [
      'an exponential tree',
      ['a0: &a0 [x]', ...Array.from({ length: 40 }, (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level},`.repeat(9)}]`)].join('\n'),
    ],
    ['a merge of a prototype', '<<: { __proto__: { polluted: 1 } }\n__proto__: { polluted: 1 }\n'],
    ['code', 'secretKey: !!js/function "function () { globalThis.polluted = 1 }"\n'],
    ['depth', `cookie: ${'['.repeat(5000)}${']'.repeat(5000)}\n`],
  ])('of YAML with %s is refused at once', async (_what, content) => {
    const began = performance.now()
    expect(await load('dynamodb-sessions.config.yaml', content)).toBeInstanceOf(InvalidOptionError)
    expect(performance.now() - began).toBeLessThan(5000)
    expect(globalThis).not.toHaveProperty('polluted')
  })

  it.each([
    ['.dynamodb-sessionsrc', '__proto__.polluted=1\nconstructor.prototype.polluted=1\n'],
    ['dynamodb-sessions.config.json', '{"__proto__":{"tableName":"x"},"constructor":{"prototype":{"polluted":1}}}'],
    ['dynamodb-sessions.config.json', `{"cookie":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['dynamodb-sessions.config.json', `{"${'x'.repeat(1_000_000)}":1}`],
    ['dynamodb-sessions.config.toml', '[__proto__]\npolluted = 1\n[constructor.prototype]\npolluted = 1\n'],
    ['package.json', '{"dynamodb-sessions":{"__proto__":{"tableName":"x"}}}'],
  ])('that reaches for prototypes or bounds is refused: %s %#', async (name, content) => {
    expect(await load(name, content)).toBeInstanceOf(InvalidOptionError)
  })

  it('with an option named like something that every object has says that it is none', async () => {
    expect(await load('dynamodb-sessions.config.json', '{"constructor":1}')).toMatchObject({
      option: 'constructor',
      message: expect.stringContaining('is not an option'),
    })
    expect(await load('dynamodb-sessions.config.json', '{"$env":{},"tableName":"abc"}', { NODE_ENV: 'constructor' })).toMatchObject({
      tableName: 'abc',
    })
  })
})

it('a circle in the cookie of a file disturbs nobody', async () => {
  const options = await load('dynamodb-sessions.config.yaml', 'secret_key: xxxxxxxxxxxxxxxxxxxxxxxx\ncookie: &a\n  secrets: [*a]\n')
  const event = { context: {}, headers: new Headers() } as SessionEvent
  expect((await useDynamoSession(event, options as DynamoSessionOptions)).isNew).toBe(true)
})

it('a line of an rc file that is JSON with an equals sign is not quoted as the name of an option', async () => {
  const refused = await load('.dynamodb-sessionsrc', `{"secretKey":"${CANARY}="}`)
  expect(refused).toMatchObject({ message: expect.stringContaining('is not an option') })
})

describe('the environment', () => {
  it('of any values is options or a typed error that shows none of them', async () => {
    const variables = fc.constantFrom(...environmentNames().keys())
    const values = fc.oneof(
      trickyText,
      fc.json(),
      fc.constantFrom(CANARY, `["${CANARY}"]`, `["${CANARY}`, '1e999', '-0', '0x10', '9'.repeat(400), ' ', 'TRUE', 'null'),
    )
    const property = fc.asyncProperty(fc.array(fc.tuple(variables, values), { maxLength: 3 }), async (entries) => {
      await refusalOf(() => resolveOptions({}, Object.fromEntries(entries)))
    })
    await check(property, 3000)
  })

  it('of any names is refused by name', async () => {
    const property = fc.asyncProperty(trickyText, async (name) => {
      const variable = `AWS_DYNAMO_DB_SESSION_${name}`
      if (environmentNames().has(variable) || variable === 'AWS_DYNAMO_DB_SESSION_CONFIG_FILE') return
      expect(await refusalOf(() => resolveOptions({}, { [variable]: CANARY }))).toBeInstanceOf(InvalidOptionError)
    })
    await check(property, 1000)
  })
})

describe('options in code', () => {
  it('of any kind are taken or refused by name, without their values', async () => {
    const values = fc.oneof(
      fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }),
      fc.constantFrom<unknown>(CANARY, [CANARY], Symbol(CANARY), () => CANARY),
    )
    const property = fc.asyncProperty(
      fc.array(fc.tuple(fc.oneof(fc.constantFrom(...environmentNames().values()), named), values), { maxLength: 3 }),
      async (entries) => {
        const refused = await refusalOf(() => checkOptions(Object.fromEntries(entries)))
        if (refused) expect(refused).toBeInstanceOf(InvalidOptionError)
      },
    )
    await check(property, 3000)
  })
})
