// An engine on this machine needs neither region nor credentials, and an endpoint of the SDK's own configuration is seen.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { isLoopback, mayHaveCredentials } from '../../../src/core/dynamodb/endpoint.ts'
import { openTransport } from '../../../src/core/dynamodb/open-transport.ts'
import { diagnose } from '../../../src/doctor/doctor.ts'
import { createSessionStore, ensureSessionTable } from '../../../src/index.ts'
import { freePort } from '../../engines/index.ts'
import { bareClient, onEveryEngine } from '../../support/engines.ts'

const ID = 'x'.repeat(43)
const CHAIN = ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE']

beforeEach(() => {
  for (const name of CHAIN) vi.stubEnv(name, undefined)
})
afterEach(() => void vi.unstubAllEnvs())

/** A home with these files of AWS, for the rest of the test. */
async function withFiles(work: () => Promise<void>, config: string, credentials = ''): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dynamodb-sessions-aws-'))
  await writeFile(join(folder, 'config'), config)
  await writeFile(join(folder, 'credentials'), credentials)
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'))
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'))
  await work().finally(() => rm(folder, { recursive: true }))
}

onEveryEngine(({ engine, options }) => {
  const { tableName, endpoint } = options

  it.each<[string, object, Record<string, string>]>([
    ['code', { endpoint }, {}],
    ['our variable', {}, { AWS_DYNAMO_DB_SESSION_ENDPOINT: endpoint }],
    ['the variable of the service', {}, { AWS_ENDPOINT_URL_DYNAMODB: endpoint, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }],
    ['the variable of all services', {}, { AWS_ENDPOINT_URL: endpoint }],
  ])('works without region and credentials, by %s', async (source, own, env) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
    const connection = openTransport({ ...own, endpoint: env.AWS_DYNAMO_DB_SESSION_ENDPOINT ?? (own as { endpoint?: string }).endpoint })
    expect(await connection.region()).toBe('local')
    expect(await connection.credentials()).toMatchObject({ sources: ['default of local engines'] })
    connection.dispose()
    // Dynoxide keeps tables apart by neither; DynamoDB Local does by both.
    const table = `local-${source.replaceAll(' ', '-')}-${tableName}`
    expect((await ensureSessionTable({ ...own, tableName: table })).created).toBe(true)
    const store = createSessionStore<{ a: number }>({ ...own, tableName: table })
    expect((await store.read((await store.create({ a: 1 })).id))?.data).toEqual({ a: 1 })
    const variable = Object.keys(env)[0]
    const checks = await diagnose({ ...own, tableName: table, secretKey: 'x'.repeat(40) })
    expect(checks.find(({ name }) => name === 'region')).toMatchObject({ status: 'ok', detail: 'local' })
    expect(checks.find(({ name }) => name === 'connection')?.detail).toContain(
      variable ? `${endpoint} (${variable})` : `${endpoint} answered`,
    )
  })

  it('takes what the chain finds before that, since engines keep tables apart by it', async () => {
    await withFiles(
      async () => {
        const { region, credentials, dispose } = openTransport({ endpoint })
        expect(await region()).toBe('eu-west-3')
        expect((await credentials()).sources).not.toContain('default of local engines')
        dispose()
      },
      '[default]\nregion = eu-west-3\n',
      '[default]\naws_access_key_id = a\naws_secret_access_key = b\n',
    )
  })

  it('does not mind a login that cannot be used', async () => {
    vi.stubEnv('AWS_PROFILE', 'gone')
    await withFiles(async () => {
      const store = createSessionStore({ endpoint, tableName, requestTimeout: 2999 })
      expect(await store.read(ID)).toBeNull()
    }, '[profile other]\nregion = eu-west-3\n')
  })

  it('sees the endpoint of a profile', async () => {
    vi.stubEnv('AWS_REGION', 'us-east-1')
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
    const config = `[default]\nservices = here\n[services here]\ndynamodb =\n  endpoint_url = ${engine.endpoint}\n`
    vi.resetModules()
    await withFiles(async () => {
      // Files are read once for the life of the SDK.
      const fresh = await import('../../../src/doctor/doctor.ts')
      const checks = await fresh.diagnose({ tableName, secretKey: 'x'.repeat(40) })
      expect(checks.find(({ name }) => name === 'connection')?.detail).toContain(
        `${endpoint} (a profile of the AWS configuration) answered`,
      )
    }, config)
  })
})

describe('a dead endpoint', () => {
  it.each(['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_DYNAMODB', 'AWS_DYNAMO_DB_SESSION_ENDPOINT'])('is named with %s', async (variable) => {
    const url = `http://127.0.0.1:${await freePort()}`
    vi.stubEnv(variable, url)
    const reading = createSessionStore({ tableName: variable, maxAttempts: 1 }).read(ID)
    await expect(reading).rejects.toThrow(
      `the connection to ${url} (${variable}) failed (ECONNREFUSED); start the engine there, or check ${variable}; \`npx dynamodb-sessions dev\` starts one`,
    )
  })

  it('of a given client is named with it', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    const reading = createSessionStore({ client: bareClient(url, { maxAttempts: 1 }) }).read(ID)
    await expect(reading).rejects.toThrow(`the connection to ${url} (the \`client\`) failed`)
  })
})

describe('where nothing is local', () => {
  it('a region is still asked for', async () => {
    const reading = createSessionStore({ endpoint: 'http://dynamodb.example:8000', maxAttempts: 1 }).read(ID)
    await expect(reading).rejects.toMatchObject({ code: 'MISSING_REGION' })
  })

  it('a client that is given keeps what it has', async () => {
    const { region } = openTransport({ client: bareClient('http://127.0.0.1:1', { region: 'eu-west-1' }) })
    expect(await region()).toBe('eu-west-1')
  })
})

it.each([
  ['http://localhost:8000', true],
  ['http://dynamodb.localhost', true],
  ['http://127.0.0.1:8000', true],
  ['http://127.1.2.3', true],
  ['https://[::1]:8000/', true],
  ['http://0.0.0.0:8000', true],
  ['http://192.168.1.2:8000', false],
  ['http://localhost.example', false],
  ['http://127.0.0.1.example', false],
  ['https://dynamodb.eu-central-1.amazonaws.com', false],
  ['nonsense', false],
  [undefined, false],
])('%s is of this machine: %s', (url, is) => {
  expect(isLoopback(url)).toBe(is)
})

it('asks the chain for credentials only where there may be some', () => {
  const none = { AWS_CONFIG_FILE: '/nonexistent', AWS_SHARED_CREDENTIALS_FILE: '/nonexistent' }
  expect(mayHaveCredentials(none)).toBe(false)
  expect(mayHaveCredentials({ ...none, AWS_PROFILE: 'a' })).toBe(true)
  expect(mayHaveCredentials({ ...none, AWS_CONFIG_FILE: 'package.json' })).toBe(true)
})
