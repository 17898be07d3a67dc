import { createCookie } from 'react-router'
import { describe, expect, it, vi } from 'vitest'
import { resolveOptions } from '../../../src/core/options/options.ts'
import { warnOfShortSecrets } from '../../../src/core/options/short-secret.ts'
import { createSessionStore } from '../../../src/index.ts'
import { dynamoSession } from '../../../src/h3.ts'
import { createDynamoSessionStorage } from '../../../src/react-router.ts'

const LONG = 'x'.repeat(16)

describe('a secret of less than 16 characters', () => {
  it.each<[string, () => unknown]>([
    ['the store', () => createSessionStore({ secretKey: 'short' })],
    ['h3', () => dynamoSession({ secretKey: [LONG, 'short'] })],
    ['React Router', () => createDynamoSessionStorage({ secretKey: 'short' })],
    ['the environment', () => resolveOptions({}, { AWS_DYNAMO_DB_SESSION_SECRET_KEY: 'short' })],
  ])('is refused in production where it is given: %s', (_, give) => {
    vi.stubEnv('NODE_ENV', 'production')
    expect(give).toThrow(/Option `secretKey` \(from [\w ]+\) must have at least 16 characters in production.*openssl rand -base64 32/)
    expect(give).not.toThrow('short ')
  })

  it('is refused in production among the secrets of a cookie, by the first call', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    const storage = createDynamoSessionStorage({ cookie: { secrets: ['short'] } })
    await expect(storage.getSession()).rejects.toMatchObject({ name: 'InvalidOptionError', option: 'cookie.secrets' })
    // What a Cookie has for secrets, nobody can see.
    expect(() => createDynamoSessionStorage({ cookie: createCookie('s', { secrets: ['short'] }) })).not.toThrow()
    expect(() => createSessionStore({ secretKey: LONG })).not.toThrow()
  })

  it('is warned of elsewhere, once', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
    for (let n = 0; n < 3; n++) warnOfShortSecrets({ secretKey: ['short', LONG] })
    warnOfShortSecrets({ secretKey: LONG })
    warnOfShortSecrets({ secretKey: undefined })
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining('openssl rand -base64 32'), expect.objectContaining({ code: 'SHORT_SECRET_KEY' })],
    ])
    expect(warn.mock.calls[0]?.[0]).not.toContain("'short'")
  })
})
