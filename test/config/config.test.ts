// Which files are found, and which of them counts.
import { join, relative } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { loadSessionConfig } from '../../src/config.ts'
import { resolveOptions } from '../../src/core/options/options.ts'
import { fixtures, load, refusal, useFolder } from './folder.ts'

const folder = useFolder()
const { write, loadWritten } = folder

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
      configFile: join(folder.path, 'dynamodb-sessions.config.yaml'),
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

it('importing the entry loads no c12 and reads no file', async () => {
  vi.resetModules()
  vi.doMock('c12', () => {
    throw new Error('c12 was loaded')
  })
  const entry = await import('../../src/config.ts')
  expect(entry.defineSessionConfig({ tableName: 'typed' })).toEqual({ tableName: 'typed' })
  vi.doUnmock('c12')
})
