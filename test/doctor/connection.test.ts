// What can be told before there is a table: the way to it, and the options.
import { describe, expect, test, vi } from 'vitest'
import type { Check } from '../../src/doctor/check.ts'
import { diagnose } from '../../src/doctor/doctor.ts'
import type { DoctorOptions } from '../../src/doctor/doctor.ts'
import { freePort } from '../engines/index.ts'
import { onEveryEngine } from '../support/engines.ts'
import { REMOTE, SECRET, of, statuses, usePatient } from './patient.ts'

onEveryEngine(
  (table) => {
    const { proxy, own } = usePatient(table)

    test('throttled probes cannot tell', async () => {
      proxy.fault = ({ operation }) => (operation === 'GetItem' ? 'throttle' : undefined)
      expect(of(await diagnose(own()), 'may read sessions')).toMatchObject({
        status: 'warning',
        detail: expect.stringContaining('cannot be told'),
      })
    })

    // The header has whole seconds.
    test.each([
      [0, 'ok', /^agrees with/],
      [10_000, 'warning', /^(9|10|11) s behind the server’s: sessions end that much too late/],
      [-20_000, 'warning', /^(19|20|21) s ahead of the server’s: sessions end that much too early/],
      [3_600_000, 'fault', /^(3599|3600|3601) s behind the server’s: AWS refuses/],
      [undefined, 'skipped', /has no date/],
    ])('a server whose clock is %s ms ahead is told: %s', async (ahead, status, detail) => {
      proxy.ahead = ahead
      expect(of(await diagnose(own()), 'clock')).toMatchObject({ status, detail: expect.stringMatching(detail) })
    })

    test('credentials that AWS refuses are a fault of the credentials', async () => {
      proxy.fault = () => ({
        status: 400,
        body: { __type: 'x#UnrecognizedClientException', message: 'The security token included in the request is invalid.' },
      })
      const checks = await diagnose(own())
      expect(of(checks, 'credentials')).toMatchObject({ status: 'fault', detail: expect.stringContaining('AWS refused the credentials') })
      expect(of(checks, 'connection').status).toBe('ok')
      expect(of(checks, 'table').status).toBe('skipped')
    })

    test('an endpoint of something else is told', async () => {
      proxy.fault = () => ({ status: 404, body: { error: 'not found' } })
      expect(of(await diagnose(own()), 'requests')).toMatchObject({ status: 'fault', remedy: expect.stringContaining('a DynamoDB engine') })
    })

    test('a server that only fails is told', async () => {
      proxy.fault = () => 'error'
      const checks = await diagnose(own())
      expect(of(checks, 'requests')).toMatchObject({
        status: 'fault',
        detail: expect.stringContaining('500'),
        remedy: expect.stringContaining('try again'),
      })
      expect(of(checks, 'connection').status).toBe('ok')
    })
  },
  { userIdKey: 'userId' },
)

describe('without a table', () => {
  test('an endpoint where nobody listens is a fault, and the rest is skipped', async () => {
    const endpoint = `http://127.0.0.1:${await freePort()}`
    const checks = await diagnose({ endpoint, secretKey: SECRET, maxAttempts: 1 })
    expect(of(checks, 'connection')).toMatchObject({
      status: 'fault',
      detail: expect.stringContaining(`the connection to ${endpoint} failed (ECONNREFUSED)`),
      remedy: expect.stringContaining('endpoint'),
    })
    expect(statuses(checks, 'ok')).toEqual(['secret', 'lifetimes', 'region', 'credentials', 'transport'])
    expect(statuses(checks, 'skipped')).toEqual(['clock', 'table', 'keys', 'time to live', 'index of users', 'billing', 'permissions'])
  })

  test('without credentials or region nothing is sent', async () => {
    const own = { endpoint: 'http://127.0.0.1:1', secretKey: SECRET, maxAttempts: 1 }
    const credentials = async (): Promise<never> => {
      throw Object.assign(new Error('none'), { name: 'CredentialsProviderError' })
    }
    expect(of(await diagnose({ ...own, credentials }), 'credentials')).toMatchObject({
      status: 'fault',
      detail: expect.stringContaining('No AWS credentials were found'),
      remedy: expect.stringContaining('AWS_PROFILE'),
    })
    vi.stubEnv('AWS_REGION', undefined)
    try {
      // An engine on this machine needs none.
      const checks = await diagnose({ ...own, endpoint: 'http://dynamodb.example:1' })
      expect(of(checks, 'region')).toMatchObject({ status: 'fault', detail: expect.stringContaining('No AWS region') })
      expect(statuses(checks, 'skipped')).toEqual([...REMOTE, 'permissions'])
    } finally {
      vi.unstubAllEnvs()
    }
  })

  test('options that do not go together are a fault, and nothing is sent', async () => {
    const checks = await diagnose({ endpoint: 'http://127.0.0.1:1', sortKey: 'sk' })
    expect(checks[0]).toMatchObject({ name: 'configuration', status: 'fault', detail: expect.stringContaining('`sortKeyValue`') })
    expect(statuses(checks.slice(1), 'skipped')).toHaveLength(checks.length - 1)
    expect((await diagnose({ driver: {} }))[0]).toMatchObject({
      name: 'configuration',
      status: 'fault',
      detail: expect.stringContaining('`driver`'),
    })
    await expect(diagnose({ unstorage: 'yes' as never })).rejects.toMatchObject({ code: 'INVALID_OPTION', option: 'unstorage' })
  })

  test.each<[DoctorOptions, string, Check['status'], string]>([
    [{}, 'secret', 'warning', 'there is no `secretKey`'],
    [{ cookie: { secrets: [SECRET] } }, 'secret', 'ok', 'its own secrets'],
    [{ cookie: { isSigned: true } }, 'secret', 'ok', 'its own secrets'],
    [{ secretKey: 'short' }, 'secret', 'fault', 'can be guessed'],
    [{ secretKey: 'a'.repeat(40) }, 'secret', 'fault', 'can be guessed'],
    [{ secretKey: 'change-me-in-production-please-!!' }, 'secret', 'fault', 'can be guessed'],
    [{ secretKey: SECRET.slice(0, 20) }, 'secret', 'warning', 'shorter than 32'],
    [{ secretKey: [SECRET, 'old'] }, 'secret', 'ok', '2 secrets'],
    [
      {
        secretKey: 'f'.repeat(10) + '0123456789abcdef'.repeat(3) + '012345',
        encryptionKey: 'f'.repeat(10) + '0123456789abcdef'.repeat(3) + '012345',
      },
      'secret',
      'warning',
      'too',
    ],
    [{ maxStale: 0 }, 'lifetimes', 'warning', 'sessions never end'],
    [{ maxStale: 3600, maxAge: 3600 }, 'lifetimes', 'warning', 'no session is ever idle'],
    [{ maxAge: 3600 }, 'lifetimes', 'ok', 'idle 14 days, at most 60 minutes'],
    [{ touchAfter: 0 }, 'lifetimes', 'warning', 'every use of a session writes'],
    [{ enableLocking: true }, 'locking', 'ok', '500 ms'],
    [{ enableLocking: true, lockExpiryTime: 2000 }, 'locking', 'warning', 'gives up'],
    [{ raiseErrors: false }, 'errors', 'warning', 'nobody is told'],
    [{ hashIds: false }, 'ids', 'warning', 'holds ids'],
  ])('%j: %s is %s', async (options, name, status, detail) => {
    vi.spyOn(process, 'emitWarning').mockReturnValue()
    const checks = await diagnose({ ...options, endpoint: 'http://127.0.0.1:1', maxAttempts: 1 })
    expect(of(checks, name)).toMatchObject({ status, detail: expect.stringContaining(detail) })
    if (status !== 'ok') expect(of(checks, name).remedy?.length).toBeGreaterThan(10)
    for (const secret of [options.secretKey ?? []].flat()) expect(JSON.stringify(checks)).not.toContain(`"${secret}"`)
  })
})
