// Which transport sends, and whether both come to the same.
import { expect, test } from 'vitest'
import { diagnose } from '../../src/doctor/doctor.ts'
import { bareClient, onEveryEngine } from '../support/engines.ts'
import { of, usePatient } from './patient.ts'

onEveryEngine((table) => {
  const { proxy, own, everything } = usePatient(table)

  test('the doctor says which transport sends, and why', async () => {
    const said = async (more: Parameters<typeof own>[0]): Promise<string> => of(await diagnose(own(more)), 'transport').detail
    expect(await said({ transport: 'http' })).toBe('http: credentials by env vars')
    expect(await said({ transport: 'sdk' })).toBe("sdk: `transport` is 'sdk'")
    expect(await said({ transport: 'http', client: bareClient(proxy.endpoint) })).toBe('sdk: a client was given')
  })

  test('both are compared where that is asked for, and nothing is changed', async () => {
    const before = await everything()
    const checks = await diagnose(own({ transports: true }))
    expect(checks.at(-1)).toMatchObject({
      name: 'transports',
      status: 'ok',
      detail: expect.stringMatching(/alike; http took \d+ ms, sdk \d+ ms/) as unknown,
    })
    expect(await everything()).toEqual(before)
    expect((await diagnose(own())).map(({ name }) => name)).not.toContain('transports')
  })

  test('a difference is a fault', async () => {
    let reads = 0
    proxy.rewrite = ({ operation }, answer) => (operation === 'GetItem' && ++reads === 3 ? { Item: { data: { S: '' } } } : answer)
    expect((await diagnose(own({ transports: true }))).at(-1)).toMatchObject({
      name: 'transports',
      status: 'fault',
      remedy: expect.stringContaining("'sdk'") as unknown,
    })
  })

  test('another type than a boolean is an error', async () => {
    await expect(diagnose(own({ transports: 'yes' as never }))).rejects.toMatchObject({ code: 'INVALID_OPTION', option: 'transports' })
  })
})
