import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { loadSessionConfig } from '../../src/config.ts'
import type { LoadSessionConfigOptions, SessionOptions } from '../../src/config.ts'
import { InvalidOptionError } from '../../src/core/base/errors.ts'
import { resolveOptions } from '../../src/core/options/options.ts'

const fixtures = join(import.meta.dirname, '../fixtures/config')

/** An environment of its own for each call, so that nothing of the machine's counts. */
function load(folder: string, options: LoadSessionConfigOptions = {}): Promise<SessionOptions> {
  return loadSessionConfig({ cwd: join(fixtures, folder), env: {}, ...options })
}

async function refusal(loading: Promise<unknown>): Promise<InvalidOptionError> {
  const error = await loading.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(InvalidOptionError)
  return error as InvalidOptionError
}

let folder: string

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'dynamodb-sessions-config-')))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

/** Files that no formatter or compiler would let pass are written by the tests. */
function write(name: string, content: string): string {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  return path
}

function loadWritten(options: LoadSessionConfigOptions = {}): Promise<SessionOptions> {
  return loadSessionConfig({ cwd: folder, env: {}, ...options })
}

describe('what is found', () => {
  it.each(['ts', 'js', 'mjs', 'json', 'yaml', 'toml'])('a dynamodb-sessions.config.%s', async (extension) => {
    expect(await load(extension)).toEqual({
      tableName: `from-${extension}`,
      maxStale: 3600,
      enableLocking: true,
      configFile: join(fixtures, extension, `dynamodb-sessions.config.${extension}`),
    })
  })

  it('an rc file', async () => {
    expect(await load('rc')).toEqual({
      tableName: 'from-rc',
      maxStale: 3600,
      secretKey: ['rc-new', 'rc-old'],
      configFile: join(fixtures, 'rc/.dynamodb-sessionsrc'),
    })
  })

  it('a key in package.json, from a folder below it too, and rc above it', async () => {
    const configFile = join(fixtures, 'package/package.json')
    expect(await load('package')).toEqual({ tableName: 'from-package', keyPrefix: 'package:', maxStale: 3600, configFile })
    expect(await load('package/app')).toEqual({
      tableName: 'from-rc',
      keyPrefix: 'package:',
      maxStale: 3600,
      configFile: join(fixtures, 'package/app/.dynamodb-sessionsrc'),
    })
  })

  it('a file in .config', async () => {
    expect(await load('dot-config')).toMatchObject({ tableName: 'from-dot-config' })
  })

  it('nothing: no options, no path and no defaults', async () => {
    expect(await loadWritten()).toEqual({})
  })

  it('a relative cwd, and the process’s by default', async () => {
    const cwd = relative(process.cwd(), join(fixtures, 'yaml'))
    expect(await loadSessionConfig({ cwd, env: {} })).toMatchObject({
      tableName: 'from-yaml',
      configFile: join(fixtures, 'yaml/dynamodb-sessions.config.yaml'),
    })
    vi.spyOn(process, 'cwd').mockReturnValue(join(fixtures, 'toml'))
    expect(await loadSessionConfig({ env: {} })).toMatchObject({ tableName: 'from-toml' })
  })

  it('functions, a client and living objects in a ts file, as they are', async () => {
    const options = await load('code')
    expect(options.client?.config).toBeDefined()
    expect(options.generateId?.()).toBe('abcdefghijklmnopqrstuvwxyz')
    expect(options.errorHandler).toBeTypeOf('function')
    expect(options.serializer?.parse('[1]')).toEqual([1])
    expect(options).toMatchObject({ cookie: { name: '__session', sameSite: 'lax' }, secretKey: 'may hold <% in code' })
  })

  it.each([
    ['a.json', '{ "tableName": "first" }'],
    ['a.yaml', 'tableName: first'],
    ['a.ts', 'export default { tableName: "first" }'],
  ])('what %s holds now, not what it held at the last call', async (name, content) => {
    write(name, content)
    expect(await loadWritten({ configFile: name })).toMatchObject({ tableName: 'first' })
    write(name, content.replace('first', 'second'))
    expect(await loadWritten({ configFile: name })).toMatchObject({ tableName: 'second' })
  })

  it('no .env file, which belongs to the application', async () => {
    write('.env', 'AWS_DYNAMO_DB_SESSION_TABLE_NAME=from-dotenv')
    write('dynamodb-sessions.config.yaml', 'region: eu-west-1')
    write('.dynamodb-sessionsrc', 'keyPrefix=rc:')
    const env: Record<string, string> = {}
    expect(await loadWritten({ env })).not.toHaveProperty('tableName')
    expect(env).toEqual({})
    expect(process.env).not.toHaveProperty('AWS_DYNAMO_DB_SESSION_TABLE_NAME')
  })
})

describe('a named file', () => {
  const yaml = join(fixtures, 'yaml/dynamodb-sessions.config.yaml')

  it('takes the place of dynamodb-sessions.config.*, from `configFile` or the variable, relative to cwd', async () => {
    const variable = { AWS_DYNAMO_DB_SESSION_CONFIG_FILE: '../yaml/dynamodb-sessions.config.yaml' }
    const expected = { tableName: 'from-yaml', maxStale: 3600, enableLocking: true, configFile: yaml }
    expect(await load('toml', { configFile: yaml })).toEqual(expected)
    expect(await load('toml', { env: variable })).toEqual(expected)
    expect(await load('toml', { env: { AWS_DYNAMO_DB_SESSION_CONFIG_FILE: '' } })).toMatchObject({ tableName: 'from-toml' })
    expect(await load('toml', { overrides: { configFile: yaml } })).toEqual(expected)
  })

  it('in code ranks above the variable', async () => {
    const env = { AWS_DYNAMO_DB_SESSION_CONFIG_FILE: '/nowhere.yaml' }
    expect(await load('toml', { configFile: yaml, env })).toMatchObject({ tableName: 'from-yaml' })
  })

  it('that does not exist is an error with its absolute path', async () => {
    const path = join(fixtures, 'toml/missing.yaml')
    const byOption = await refusal(load('toml', { configFile: 'missing.yaml' }))
    expect(byOption).toMatchObject({ option: 'configFile', source: 'code' })
    expect(byOption.message).toContain(path)
    const byVariable = await refusal(load('toml', { env: { AWS_DYNAMO_DB_SESSION_CONFIG_FILE: 'missing.yaml' } }))
    expect(byVariable).toMatchObject({ option: 'configFile', source: 'AWS_DYNAMO_DB_SESSION_CONFIG_FILE' })
    expect(byVariable.message).toContain(path)
    expect((await refusal(load('.', { configFile: 'toml' }))).message).toContain(join(fixtures, 'toml'))
  })

  it('of a kind that is not read is an error, not taken for JavaScript', async () => {
    write('sessions.conf', 'table_name: x')
    expect((await refusal(loadWritten({ configFile: 'sessions.conf' }))).message).toMatch(/sessions\.conf, which must end in .*\.yaml/)
  })

  it('does not make core warn, since the options came from it', async () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const env = { AWS_DYNAMO_DB_SESSION_CONFIG_FILE: yaml }
    resolveOptions(await load('toml', { env }), env)
    expect(emitWarning).not.toHaveBeenCalled()
  })
})

describe('precedence', () => {
  it('is overrides, environment, file, and nothing below', async () => {
    const env = { AWS_DYNAMO_DB_SESSION_MAX_STALE: '60', AWS_DYNAMO_DB_SESSION_KEY_PREFIX: 'env:' }
    expect(await load('yaml', { env, overrides: { keyPrefix: 'code:', region: undefined } })).toEqual({
      tableName: 'from-yaml',
      maxStale: 60,
      keyPrefix: 'code:',
      enableLocking: true,
      configFile: join(fixtures, 'yaml/dynamodb-sessions.config.yaml'),
    })
  })

  it('of lists too: an override replaces the file’s secrets', async () => {
    expect(await load('rc', { overrides: { secretKey: ['only'] } })).toMatchObject({ secretKey: ['only'] })
    expect(await load('rc', { env: { AWS_DYNAMO_DB_SESSION_SECRET_KEY: '["env"]' } })).toMatchObject({ secretKey: ['env'] })
  })

  it('among files is configuration, rc, package.json, extended ones', async () => {
    write('dynamodb-sessions.config.yaml', 'extends: ./base\nregion: main')
    write('.dynamodb-sessionsrc', 'region=rc\nname=rc')
    write('package.json', '{ "dynamodb-sessions": { "region": "package", "name": "package", "keyPrefix": "package" } }')
    write('base.json', '{ "region": "base", "name": "base", "keyPrefix": "base", "tableName": "base" }')
    expect(await loadWritten()).toEqual({
      region: 'main',
      name: 'rc',
      keyPrefix: 'package',
      tableName: 'base',
      configFile: join(folder, 'dynamodb-sessions.config.yaml'),
    })
  })
})

describe('environments', () => {
  it('are chosen by NODE_ENV of the given environment and leave no trace in the result', async () => {
    const configFile = join(fixtures, 'environments/dynamodb-sessions.config.yaml')
    expect(await load('environments')).toEqual({ tableName: 'sessions-dev', secretKey: ['dev-new', 'dev-old'], maxStale: 3600, configFile })
    expect(await load('environments', { env: { NODE_ENV: 'production' } })).toEqual({
      tableName: 'sessions-live',
      secretKey: ['live-new', 'live-old'],
      maxStale: 7200,
      configFile,
    })
    expect(await load('environments', { env: { NODE_ENV: 'staging' } })).toMatchObject({ tableName: 'sessions-staging', maxStale: 3600 })
  })

  it('work in rc files, package.json and extended files', async () => {
    const env = { NODE_ENV: 'production' }
    expect(await load('rc', { env })).toMatchObject({ maxStale: 7200 })
    expect(await load('package', { env })).toMatchObject({ maxStale: 7200 })
    expect(await load('extends', { env })).toMatchObject({ maxStale: 200 })
  })

  it('that are no mapping, or extend, are errors', async () => {
    const path = write('dynamodb-sessions.config.yaml', '$production: live\n$test: { extends: ./base.yaml }')
    expect(await refusal(loadWritten({ env: { NODE_ENV: 'production' } }))).toMatchObject({ option: '$production', source: path })
    expect(await refusal(loadWritten({ env: { NODE_ENV: 'test' } }))).toMatchObject({ option: 'extends', source: path })
    expect(await loadWritten()).toEqual({ configFile: path })
  })
})

describe('extends', () => {
  it('reads local files, their own bases and folders; nearer ranks higher and a list replaces a list', async () => {
    expect(await load('extends')).toEqual({
      tableName: 'from-base',
      secretKey: ['new'],
      maxStale: 100,
      keyPrefix: 'team:',
      region: 'eu-central-1',
      configFile: join(fixtures, 'extends/dynamodb-sessions.config.yaml'),
    })
  })

  it.each([
    'gh:user/repo',
    'github:user/repo',
    'gitlab:user/repo',
    'bitbucket:user/repo',
    'npm:sessions-config',
    'https://example.test/base.tar.gz',
    'http://example.test/base.tar.gz',
    'git@example.test:user/repo',
    '//example.test/base',
  ])('refuses %s, in the file and in what it extends', async (source) => {
    const fetch = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('no network'))
    const path = write('dynamodb-sessions.config.json', JSON.stringify({ extends: source }))
    expect(await refusal(loadWritten())).toMatchObject({ option: 'extends', source: path })
    write('main.json', JSON.stringify({ extends: ['./dynamodb-sessions.config.json'] }))
    const error = await refusal(loadWritten({ configFile: 'main.json' }))
    expect(error).toMatchObject({ option: 'extends', source: path })
    expect(error.message).toMatch(/remote/)
    expect(fetch).not.toHaveBeenCalled()
  })

  it('sends no request to a source that would answer, and shows no credentials in it', async () => {
    let requests = 0
    const server = createServer((_, response) => {
      requests++
      response.end('{}')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    write('.dynamodb-sessionsrc', `extends=http://user:hunter2@127.0.0.1:${port}/base.tar.gz`)
    const error = await refusal(loadWritten())
    server.close()
    expect(error.message).not.toContain('hunter2')
    expect(requests).toBe(0)
  })

  it.each([[[['gh:user/repo', { auth: 'token' }]]], [[{ source: 'gh:user/repo' }]], [[7]], [''], [['']]])(
    'refuses %j, c12’s other forms included',
    async (source) => {
      const path = write('dynamodb-sessions.config.json', JSON.stringify({ extends: source }))
      expect(await refusal(loadWritten())).toMatchObject({ option: 'extends', source: path })
    },
  )

  it('refuses a file that is not there, a package’s name included', async () => {
    write('node_modules/sessions-config/package.json', '{ "name": "sessions-config", "main": "index.js" }')
    write('node_modules/sessions-config/index.js', 'export default { tableName: "from-package" }')
    for (const source of ['./missing.yaml', 'sessions-config', '~/base.yaml']) {
      write('dynamodb-sessions.config.json', JSON.stringify({ extends: source }))
      const error = await refusal(loadWritten())
      expect(error.message).toContain(join(folder, source))
    }
  })

  it('refuses a circle', async () => {
    write('dynamodb-sessions.config.yaml', 'extends: ./a.yaml')
    const path = write('a.yaml', 'extends: ./dynamodb-sessions.config.yaml')
    expect(await refusal(loadWritten())).toMatchObject({ option: 'extends', source: path })
  })
})

describe('the Ruby gem’s YAML', () => {
  it('works unchanged', async () => {
    const configFile = join(fixtures, 'gem/dynamo_db_session_store.yml')
    const options = await load('gem', { configFile })
    expect(options).toEqual({
      tableName: 'rails_sessions',
      tableKey: 'session_id',
      secretKey: 'a-secret-that-rails-made',
      consistentRead: true,
      readCapacity: 10,
      writeCapacity: 5,
      raiseErrors: false,
      maxAge: 604_800,
      maxStale: 18_000,
      enableLocking: true,
      lockExpiryTime: 500,
      lockRetryDelay: 500,
      lockMaxWaitTime: 1,
      configFile,
    })
    expect(() => resolveOptions(options, {})).not.toThrow()
  })

  it('works with everything commented out, as the gem generates it', async () => {
    const configFile = join(fixtures, 'gem/commented_out.yml')
    expect(await load('gem', { configFile })).toEqual({ configFile })
  })

  it.each([
    ['a value', 'table_name: <%= ENV["TABLE"] %>', 'tableName'],
    ['a list', 'secret_key: ["<%= ENV[\'NEW\'] %>", "old"]', 'secretKey'],
    ['another environment', '$production: { secret_key: "<%= x %>" }', '$production'],
    ['a key', '"<%= key %>": x', 'configFile'],
    ['a line of its own', '<% if production %>\ntable_name: x\n<% end %>', 'configFile'],
  ])('is refused with ERB in %s', async (_, content, option) => {
    const path = write('dynamodb-sessions.config.yaml', content)
    const error = await refusal(loadWritten())
    expect(error).toMatchObject({ option, source: path })
    expect(error.message).toContain('ERB')
  })

  it('is refused with ERB in an rc file or package.json', async () => {
    const rc = write('.dynamodb-sessionsrc', 'tableName=<%= x %>')
    expect(await refusal(loadWritten())).toMatchObject({ option: 'tableName', source: rc })
    rmSync(rc)
    const manifest = write('package.json', '{ "dynamodb-sessions": { "tableName": "<%= x %>" } }')
    expect(await refusal(loadWritten())).toMatchObject({ option: 'tableName', source: manifest })
  })
})

describe('a file that cannot be read', () => {
  it.each([
    ['yaml', 'table_name: x\nsecret_key: "hunter2\n', 'YAML: .* at line 3'],
    ['yaml', 'secret_key: *hunter2\n', 'YAML: unidentified alias at line 1'],
    ['yaml', 'secret_key: !hunter2 x\n', 'YAML: unknown tag at line'],
    ['yaml', 'table_name: x\ntable_name: y\n', 'YAML: duplicated mapping key at line 2'],
    ['json', '{ "secretKey": hunter2 }', 'JSON: '],
    ['json', '{ "secretKey": "hunter2", }', 'JSON: .*position'],
    ['json', '', 'JSON: Unexpected end'],
    ['toml', 'secretKey = "hunter2" oops', 'TOML: .* at line 1'],
  ])('in %s (%j) is named with the place, and shows nothing of its content', async (extension, content, problem) => {
    const path = write(`dynamodb-sessions.config.${extension}`, content)
    const error = await refusal(loadWritten())
    expect(error).toMatchObject({ option: 'configFile', source: path })
    expect(error.message).toContain(path)
    expect(error.message).toMatch(new RegExp(`is not valid ${problem}`))
    expect(error.cause).toBeInstanceOf(Error)
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter2')
  })

  it.each([
    ['ts', 'const key = "hunter2"\nexport default { tableName: "x" oops }', 'ParseError: Unexpected token, expected, at line 2, column 32'],
    ['mjs', 'export default { hunter2: "x" oops }', 'ParseError: Unexpected token, expected, at line 1, column 30'],
    ['cjs', 'const hunter2 = 1\nconst hunter2 = 2', 'ParseError: Identifier, at line 2, column 6'],
    ['ts', '\n\nthrow new Error("hunter2")', 'Error at line 3'],
    ['ts', '\nexport default () => { throw new RangeError("hunter2\\n    at /hunter2:7:7") }', 'RangeError at line 2'],
    ['ts', 'class HunterError extends Error { name = "hunter2" }\nthrow new HunterError("x")', 'an error at line 2'],
    ['ts', '\nimport "hunter2"\nexport default {}', 'Error MODULE_NOT_FOUND at line 2'],
    ['mts', 'import { readFileSync } from "node:fs"\nreadFileSync("/hunter2")', 'Error ENOENT at line 2'],
    ['ts', '\nJSON.parse(`{ "secretKey": hunter2 }`)', 'SyntaxError at line 2'],
    ['ts', 'throw "hunter2"', 'a string was thrown'],
    ['ts', 'throw Object.assign(new Error("x"), { stack: "hunter2", code: "hunter2", cause: new Error("hunter2") })', 'Error'],
  ])(
    'in %s (%j) is named with the kind and the place of the error, and shows nothing of its message',
    async (extension, content, problem) => {
      const path = write(`dynamodb-sessions.config.${extension}`, content)
      const error = await refusal(loadWritten())
      expect(error).toMatchObject({ option: 'configFile', source: path })
      expect(error.message).toBe(`Option \`configFile\` (from ${path}) cannot be read: ${problem}`)
      expect((error.cause as Error).message).toBe(problem)
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter2')
    },
  )

  it('because of a file that it imports is named with the place in that file', async () => {
    const helper = write('helper.ts', 'export function secret(): string {\n  throw new TypeError("hunter2")\n}\n')
    write('dynamodb-sessions.config.ts', 'import { secret } from "../helper.ts"\nexport default { secretKey: secret() }')
    const { message } = await refusal(loadWritten())
    expect(message.slice(message.indexOf('cannot'))).toBe(`cannot be read: TypeError at line 2 of ${helper}`)
  })

  it('among the extended ones is named itself', async () => {
    write('dynamodb-sessions.config.yaml', 'extends: ./base.yaml')
    const path = write('base.yaml', 'a: [')
    expect(await refusal(loadWritten())).toMatchObject({ option: 'configFile', source: path })
  })

  it('or holds no mapping, or is a broken package.json', async () => {
    const list = write('dynamodb-sessions.config.yaml', '- tableName: x')
    expect(await refusal(loadWritten())).toMatchObject({ option: 'configFile', source: list })
    write('dynamodb-sessions.config.yaml', 'sessions')
    expect(await refusal(loadWritten())).toMatchObject({ option: 'configFile', source: list })
    rmSync(list)
    const manifest = write('package.json', '{ "dynamodb-sessions": "sessions" }')
    expect(await refusal(loadWritten())).toMatchObject({ option: 'dynamodb-sessions', source: manifest })
    write('package.json', '{ "dynamodb-sessions": ')
    expect(await refusal(loadWritten())).toMatchObject({ option: 'configFile', source: manifest })
  })
})

describe('an option in a file', () => {
  it.each([
    ['tabel_name: x', 'tabelName', 'did you mean `tableName`?'],
    ['password: hunter2', 'password', 'did you mean `secretKey`?'],
    ['max_stale: soon', 'maxStale', 'a string'],
    ['secret_key: 20260101', 'secretKey', 'a number'],
    ['maxAge: 604800000', 'maxAge', 'did you mean 604800?'],
    ['client: {}', 'client', 'only by code'],
    ['credentials: { accessKeyId: a, secretAccessKey: hunter2 }', 'credentials', 'only by code'],
    ['driver: {}', 'driver', 'only by code'],
    ['config_file: other.yaml', 'configFile', '`extends`'],
    ['tableName: x\ntable_name: y', 'tableName', '`tableName` and `table_name`'],
  ])('(%j) is refused by name, reason and path', async (content, option, problem) => {
    const path = write('dynamodb-sessions.config.yaml', content)
    const error = await refusal(loadWritten())
    expect(error).toMatchObject({ option, source: path })
    expect(error.message).toContain(problem)
    expect(error.message).toContain(path)
    expect(error.message).not.toMatch(/hunter2|20260101/)
  })

  it('is reported with the layer that it is in, and one of code or environment with theirs', async () => {
    write('dynamodb-sessions.config.yaml', 'extends: ./base.yaml\nmax_stale: 60')
    const base = write('base.yaml', 'max_stale: soon')
    expect(await refusal(loadWritten())).toMatchObject({ option: 'maxStale', source: base })
    expect(await refusal(load('yaml', { overrides: { maxStale: -1 } }))).toMatchObject({ option: 'maxStale', source: 'code' })
    const env = { AWS_DYNAMO_DB_SESSION_MAX_STALE: 'soon' }
    expect(await refusal(load('yaml', { env }))).toMatchObject({ option: 'maxStale', source: 'AWS_DYNAMO_DB_SESSION_MAX_STALE' })
  })
})

it('importing the entry loads no c12 and reads no file', async () => {
  vi.resetModules()
  vi.doMock('c12', () => {
    throw new Error('c12 was loaded')
  })
  const entry = await import('../../src/config.ts')
  expect(entry.defineSessionConfig({ tableName: 'typed' })).toEqual({ tableName: 'typed' })
  vi.doUnmock('c12')
})
