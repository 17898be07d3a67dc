// Why there are no credentials, in the words of AWS's SDK, and the command that helps. Nothing here reaches a network.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { diagnose } from '../../../src/doctor/doctor.ts'
import { createSessionStore } from '../../../src/index.ts'
import { whyNoCredentials } from '../../../src/core/dynamodb/no-credentials.ts'
import { freePort } from '../../engines/index.ts'

const ID = 'x'.repeat(43)
const CONFIG = `[profile dev]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Dev
region = us-east-1
[sso-session corp]
sso_region = us-east-1
sso_start_url = https://corp.example/start
[profile bare]
region = us-east-1
`

describe('credentials that cannot be had', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dynamodb-sessions-profiles-'))
    await writeFile(join(folder, 'config'), CONFIG)
    await writeFile(join(folder, 'credentials'), '')
  })
  afterAll(() => rm(folder, { recursive: true }))
  beforeEach(() => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, undefined)
    vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'))
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'))
    vi.stubEnv('HOME', folder)
  })

  it.each([
    ['dev', /SSO session.*`aws sso login --profile dev`/],
    ['nope', /the profile nope is not there or has none; `aws configure list-profiles`/],
    ['bare', /the profile bare is not there or has none/],
  ])('name the profile %s and what to run', async (profile, message) => {
    vi.stubEnv('AWS_PROFILE', profile)
    for (const transport of ['http', 'sdk'] as const) {
      const store = createSessionStore({ endpoint: 'http://dynamodb.invalid', region: 'us-east-1', maxAttempts: 1, transport })
      await expect(store.read(ID)).rejects.toMatchObject({ name: 'CredentialsError', message: expect.stringMatching(message) })
    }
    // Where no engine listens on this machine, perhaps AWS was meant.
    const endpoint = `http://127.0.0.1:${await freePort()}`
    await expect(createSessionStore({ endpoint, maxAttempts: 1 }).read(ID)).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringMatching(message),
    })
    const checks = await diagnose({ endpoint, secretKey: 'x'.repeat(40) })
    expect(checks.find(({ name }) => name === 'credentials')?.detail).toMatch(message)
  })

  it('say nothing more where there is nothing to say', () => {
    expect(whyNoCredentials('Could not load credentials from any providers', {})).toBe(undefined)
    expect(whyNoCredentials('Could not load credentials from any providers', { AWS_PROFILE: 'a; rm -rf /' })).not.toContain('rm')
    expect(whyNoCredentials('The SSO session is\u001B[2J over.', { AWS_PROFILE: '$(x)' })).toBe(
      'The SSO session is [2J over. Run `aws sso login`',
    )
  })
})
