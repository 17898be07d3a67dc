// Who signs: found once, refreshed in the background, kept while they are good.
import { describe, expect, it, vi } from 'vitest'
import { keepFresh } from '../../../../src/core/dynamodb/http/credentials.ts'
import type { Credentials } from '../../../../src/core/options/types.ts'
import { KEY, answerWith, open, serve } from './servers.ts'

const MINUTE = 60_000
const NOW = Date.parse('2026-01-01T00:00:00Z')

function provider(lifetime: number | undefined): { look: ReturnType<typeof vi.fn<() => Promise<Credentials>>>; names: () => number } {
  let count = 0
  const look = vi.fn(async (): Promise<Credentials> => {
    count++
    return {
      accessKeyId: `key ${count}`,
      secretAccessKey: 's',
      ...(lifetime === undefined ? {} : { expiration: new Date(Date.now() + lifetime) }),
    }
  })
  return { look, names: () => count }
}

describe('credentials', () => {
  it('that do not end are looked for once, by all who ask meanwhile', async () => {
    const { look } = provider(undefined)
    const { current, find } = keepFresh(look)
    expect(current()).toBeUndefined()
    expect(await Promise.all([find(), find()])).toMatchObject([{ accessKeyId: 'key 1' }, { accessKeyId: 'key 1' }])
    vi.useFakeTimers({ toFake: ['Date'], now: NOW + 1e12 })
    expect(current()).toMatchObject({ accessKeyId: 'key 1' })
    expect(look).toHaveBeenCalledTimes(1)
  })

  it('are refreshed in their last five minutes, while those there are used', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW })
    const { look } = provider(60 * MINUTE)
    const { current, find } = keepFresh(look)
    await find()
    vi.setSystemTime(NOW + 54 * MINUTE)
    expect(current()).toMatchObject({ accessKeyId: 'key 1' })
    expect(look).toHaveBeenCalledTimes(1)
    vi.setSystemTime(NOW + 56 * MINUTE)
    for (const _ of [1, 2, 3]) expect(current()).toMatchObject({ accessKeyId: 'key 1' })
    expect(look).toHaveBeenCalledTimes(2)
    await vi.waitFor(() => expect(current()).toMatchObject({ accessKeyId: 'key 2' }), { timeout: 20_000 })
  })

  it('stay where a refresh fails, which is tried again now and then, until they end', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW })
    const { look } = provider(60 * MINUTE)
    const { current, find } = keepFresh(look)
    await find()
    look.mockRejectedValue(new Error('down'))
    for (const seconds of [0, 1, 9, 11, 15, 22]) {
      vi.setSystemTime(NOW + 56 * MINUTE + seconds * 1000)
      expect(current()).toMatchObject({ accessKeyId: 'key 1' })
      await new Promise(setImmediate)
    }
    expect(look).toHaveBeenCalledTimes(1 + 3)
    vi.setSystemTime(NOW + 60 * MINUTE)
    expect(current()).toBeUndefined()
    await expect(find()).rejects.toThrow('down')
  })

  it('of a function sign the requests after their refresh, with their token', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW })
    let count = 0
    const credentials = async (): Promise<Credentials> => ({
      accessKeyId: `AKID${++count}`,
      secretAccessKey: 'secret',
      sessionToken: `token ${count}`,
      expiration: new Date(Date.now() + 10 * MINUTE),
    })
    const { endpoint, asked } = await serve((response) => answerWith(response, {}))
    const { send } = open({ endpoint, credentials })
    const get = (): Promise<unknown> => send('GetItem', { TableName: 'sessions', Key: KEY })
    await get()
    vi.setSystemTime(NOW + 6 * MINUTE)
    await get()
    await new Promise(setImmediate)
    await get()
    vi.setSystemTime(NOW + 60 * MINUTE)
    await get()
    expect(asked.map(({ headers }) => headers['x-amz-security-token'])).toEqual(['token 1', 'token 1', 'token 2', 'token 3'])
    expect(asked.map(({ headers }) => /Credential=(\w+)/.exec(String(headers.authorization))?.[1])).toEqual([
      'AKID1',
      'AKID1',
      'AKID2',
      'AKID3',
    ])
  })

  it.each([undefined, {}, { accessKeyId: 'a' }, { accessKeyId: 1, secretAccessKey: 2 }])('like %j are none', async (found) => {
    const { send } = open({ endpoint: 'http://127.0.0.1:1', credentials: (async () => found) as never })
    await expect(send('GetItem', { TableName: 'sessions', Key: KEY })).rejects.toMatchObject({ kind: 'credentialsMissing' })
  })

  it('of a provider that fails leave its secrets out of the error', async () => {
    const error = Object.assign(new Error('no role'), { name: 'CredentialsProviderError' })
    const { send } = open({ endpoint: 'http://127.0.0.1:1', credentials: () => Promise.reject(error) })
    await expect(send('GetItem', { TableName: 'sessions', Key: KEY })).rejects.toMatchObject({
      kind: 'credentialsMissing',
      message: 'no role',
    })
  })
})
