// Where requests go: an allow-list of what is known, each as the SDK has it; about all else the SDK is asked.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { fastPath, placeOf } from '../../../../src/core/dynamodb/http/place.ts'
import { openTransport } from '../../../../src/core/dynamodb/open-transport.ts'
import { askSdk } from '../../../../src/core/dynamodb/sdk/lookup.ts'
import type { ClientOptions } from '../../../../src/core/options/types.ts'
import { CREDENTIALS, KEY, answerWith, serve } from './servers.ts'

const KEYS = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret' }
const nowhere = (_path: string): boolean => false
const fast = (options: ClientOptions, env: Record<string, string> = {}, isThere = nowhere) => fastPath(options, env, isThere)

/** What the SDK says in place of the allow-list. */
async function bySdk(options: ClientOptions) {
  const lookup = await askSdk(options, '')
  try {
    const address = await lookup.address(CREDENTIALS)
    return address && placeOf(address.url, address.signedFor)
  } finally {
    lookup.close()
  }
}

describe('without the SDK', () => {
  it.each([
    { region: 'us-east-1' },
    { region: 'eu-central-1' },
    { region: 'ap-southeast-7' },
    { region: 'mx-central-1' },
    { region: 'local' },
    { region: 'eu-west-1', endpoint: 'http://localhost:8000' },
    { region: 'anywhere', endpoint: 'https://vpce-1-2.dynamodb.eu-west-1.vpce.amazonaws.com' },
    { region: 'us-gov-west-1', endpoint: 'http://127.0.0.1:4566/dynamodb' },
    { region: 'cn-north-1', endpoint: 'https://[::1]:8443/a%20b/c/' },
    { region: 'us-east-1', endpoint: 'https://example.com:443' },
  ])('%o goes where the SDK would send it, and is signed for that region', async (options) => {
    const path = fast({ credentials: CREDENTIALS, ...options })
    expect(path).toMatchObject({ place: await bySdk(options) })
  })

  it('the environment gives the region and both keys, a token included', () => {
    expect(fast({}, { AWS_REGION: 'eu-west-1', ...KEYS, AWS_SESSION_TOKEN: 'token' })).toMatchObject({
      region: 'eu-west-1',
      credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' },
    })
  })

  it.each(['http://localhost:8000', 'http://127.0.0.1:8000', 'http://[::1]:8000', 'http://db.localhost'])(
    'an engine at %s needs neither region nor credentials, whoever names it',
    (endpoint) => {
      const local = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' }, place: { signedFor: 'local' } }
      expect(fast({ endpoint })).toMatchObject(local)
      expect(fast({}, { AWS_ENDPOINT_URL: endpoint })).toMatchObject(local)
      expect(fast({}, { AWS_ENDPOINT_URL: 'http://elsewhere', AWS_ENDPOINT_URL_DYNAMODB: endpoint })).toMatchObject(local)
      expect(fast({ endpoint, region: 'eu-west-1' }, KEYS)).toMatchObject({ region: 'eu-west-1', credentials: { accessKeyId: 'AKID' } })
    },
  )
})

describe('the SDK is asked', () => {
  const aws = { region: 'us-east-1', credentials: CREDENTIALS }
  it.each([
    'AWS_PROFILE',
    'AWS_USE_FIPS_ENDPOINT',
    'AWS_USE_DUALSTACK_ENDPOINT',
    'AWS_ACCOUNT_ID',
    'AWS_ACCOUNT_ID_ENDPOINT_MODE',
    'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
    'AWS_CREDENTIAL_EXPIRATION',
    'AWS_DEFAULTS_MODE',
    'AWS_ENABLE_ENDPOINT_DISCOVERY',
  ])('where %s is set', (name) => {
    expect(fast(aws, { [name]: 'x' })).toBe(`${name} is set`)
  })

  it('where retries are not of the standard mode', () => {
    expect(fast(aws, { AWS_RETRY_MODE: 'adaptive' })).toContain('AWS_RETRY_MODE')
    expect(fast(aws, { AWS_RETRY_MODE: 'standard' })).toBeTypeOf('object')
  })

  it('where there is a file of configuration or credentials', () => {
    for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE'])
      expect(fast(aws, { [name]: '/some/file' }, (path) => path === '/some/file')).toBe('there is a file /some/file')
    for (const name of ['config', 'credentials']) expect(fast(aws, {}, (path) => path.endsWith(`/.aws/${name}`))).toContain(`.aws/${name}`)
  })

  it.each<Record<string, string>>([
    { HOME: '/of-user', USERPROFILE: '/other' },
    { HOME: '', USERPROFILE: '/of-user', HOMEPATH: '/other' },
    { HOMEDRIVE: '/of', HOMEPATH: '-user' },
    { HOME: '/of-user', AWS_CONFIG_FILE: '', AWS_SHARED_CREDENTIALS_FILE: '' },
  ])('where there is a file in the home that the SDK finds with %o', (env) => {
    for (const name of ['config', 'credentials'])
      expect(fast(aws, env, (path) => path === join('/of-user', '.aws', name))).toBe(`there is a file ${join('/of-user', '.aws', name)}`)
  })

  it.each([
    'cn-north-1',
    'us-gov-west-1',
    'us-iso-east-1',
    'eu-isoe-west-1',
    'eusc-de-east-1',
    'us-east-1-fips',
    'fips-us-east-1',
    'aws-global',
    'us-east-11',
    'US-EAST-1',
  ])('for the address of region %s', (region) => {
    expect(fast({ ...aws, region })).toBeTypeOf('string')
  })

  it('without a region, without credentials, with half a pair, with an account, and with an endpoint of the environment', () => {
    expect(fast({ credentials: CREDENTIALS })).toContain('no region')
    expect(fast({ region: 'us-east-1' })).toContain('no credentials')
    expect(fast({ region: 'us-east-1' }, { AWS_ACCESS_KEY_ID: 'AKID' })).toContain('no credentials')
    expect(fast({ ...aws, credentials: { ...CREDENTIALS, accountId: '123456789012' } })).toContain('account')
    expect(fast(aws, { AWS_ENDPOINT_URL: 'https://elsewhere.example' })).toContain('endpoint')
    expect(fast({ ...aws, endpoint: 'http://x/?a=b' })).toContain('endpoint')
  })

  it.each([
    ['cn-north-1', 'dynamodb.cn-north-1.amazonaws.com.cn'],
    ['us-iso-east-1', 'dynamodb.us-iso-east-1.c2s.ic.gov'],
    ['eusc-de-east-1', 'dynamodb.eusc-de-east-1.amazonaws.eu'],
  ])('and knows hosts that nobody should guess: %s', async (region, host) => {
    expect(await bySdk({ region })).toMatchObject({ host, signedFor: region, isTls: true, path: '/' })
  })

  it('and knows the host of FIPS, and that of an account', async () => {
    vi.stubEnv('AWS_USE_FIPS_ENDPOINT', 'true')
    expect(await bySdk({ region: 'us-east-1' })).toMatchObject({ host: 'dynamodb-fips.us-east-1.amazonaws.com' })
    vi.unstubAllEnvs()
    const lookup = await askSdk({ region: 'us-east-1' }, '')
    const address = await lookup.address({ ...CREDENTIALS, accountId: '123456789012' })
    expect(address?.url.host).toBe('123456789012.ddb.us-east-1.amazonaws.com')
    lookup.close()
  })
})

describe('with files of AWS', () => {
  /** Files as a developer has them. */
  function files(config: string, credentials = ''): void {
    const folder = mkdtempSync(join(tmpdir(), 'aws-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'config'), config)
    writeFileSync(join(folder, 'credentials'), credentials)
    for (const name of ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_DYNAMO_DB_SESSION_TRANSPORT'])
      vi.stubEnv(name, undefined)
    vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'))
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'))
  }
  const get = { TableName: 'sessions', Key: KEY }

  it('a profile gives region, credentials and endpoint, and wins over keys of the environment', async () => {
    const { endpoint, asked } = await serve((response) => answerWith(response, {}))
    files(
      `[profile work]\nregion = cn-north-1\nendpoint_url = ${endpoint}\nsdk_ua_app_id = shop`,
      '[work]\naws_access_key_id = OFWORK\naws_secret_access_key = secret',
    )
    vi.stubEnv('AWS_PROFILE', 'work')
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKID')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'other')
    vi.spyOn(console, 'warn').mockReturnValue()
    const transport = openTransport({ transport: 'http' })
    await transport.send('GetItem', get)
    expect(asked[0]?.headers.authorization).toMatch(/Credential=OFWORK\/\d{8}\/cn-north-1\/dynamodb/)
    expect(asked[0]?.headers['user-agent']).toMatch(/ app\/shop$/)
    expect(await transport.region()).toBe('cn-north-1')
    expect(await transport.way()).toEqual({ name: 'http', why: 'address and credentials by the SDK, since AWS_PROFILE is set' })
    transport.dispose()
  })

  it('adaptive retries of a profile keep the SDK’s own way', async () => {
    const { endpoint, asked } = await serve((response) => answerWith(response, {}))
    files(`[default]\nregion = eu-west-1\nretry_mode = adaptive`, '[default]\naws_access_key_id = AKID\naws_secret_access_key = secret')
    const transport = openTransport({ transport: 'http', endpoint })
    await transport.send('GetItem', get)
    expect(asked[0]?.headers['user-agent']).toContain('aws-sdk-js/')
    expect((await transport.way()).name).toBe('sdk')
    transport.dispose()
  })
})

it('an account that changes has its address asked for again', async () => {
  const { endpoint, asked } = await serve((response) => answerWith(response, {}))
  // With an endpoint in code the address stays, whatever the account is.
  let account = 0
  const credentials = async () => ({ ...CREDENTIALS, accountId: `00000000000${++account}`, expiration: new Date(Date.now() - 1) })
  const transport = openTransport({ transport: 'http', region: 'us-east-1', endpoint, credentials })
  for (const _ of [1, 2]) await transport.send('GetItem', { TableName: 'sessions', Key: KEY })
  expect(asked).toHaveLength(2)
  expect(account).toBe(2)
  transport.dispose()
})
