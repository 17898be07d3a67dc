// Sessions named by the beginning of their key. In the process: what the command prints is in sessions.e2e.ts.
import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, it, vi } from 'vitest'
import { layoutOf, lineOf } from '../../src/cli/commands/list.ts'
import { revoke } from '../../src/cli/commands/revoke.ts'
import { show } from '../../src/cli/commands/show.ts'
import { beginningsOf } from '../../src/cli/key-prefix.ts'
import { onEveryEngine } from '../support/engines.ts'

const digits = (start: string): string => start.padEnd(64, '0')

onEveryEngine(
  (table) => {
    const put = (key: string, user: string): Promise<unknown> => {
      const soon = { N: String(Math.floor(Date.now() / 1000) + 600) }
      const times = { created_at: { N: '1700000000' }, updated_at: { N: String(Date.now() / 1000) }, expire_at: soon }
      const Item = { session_id: { S: key }, data: { S: '{}' }, user_id: { S: user }, ...times }
      return table.client.send(new PutItemCommand({ TableName: table.options.tableName, Item }))
    }
    const { tableName, endpoint } = table.options
    const base = { tableName, endpoint, userIdKey: 'userId', json: true }
    const state = async (key: string, more = {}): Promise<unknown> => {
      const { json } = await show.run({ ...base, key, ...more })
      return json
    }

    describe('the beginning of a key', () => {
      it('names the only session that has it, by a scan or among those of a user', async () => {
        await Promise.all([put(digits('abcdef01'), 'ann'), put(digits('abcdef02'), 'bob'), put(digits('012345'), 'ann')])
        expect(await state('012345')).toMatchObject({ key: digits('012345'), state: 'live' })
        expect(await state('abcdef01…')).toMatchObject({ key: digits('abcdef01') })
        await vi.waitFor(async () => expect(await state('abcdef', { user: 'bob' })).toMatchObject({ key: digits('abcdef02'), user: 'bob' }))
      })

      it('reads all of the table for it, and says so, but with --user', async () => {
        await put(digits('aa11bb'), 'eve')
        const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
        try {
          await state('aa11bb', { json: false })
          expect(told.mock.calls.flat().join('')).toMatch(/Reading all of the table .*; --user ID/)
          told.mockClear()
          await vi.waitFor(() => state('aa11bb', { json: false, user: 'eve' }))
          expect(told).not.toHaveBeenCalled()
        } finally {
          told.mockRestore()
        }
      })

      it('that several have is refused with their number, and nothing ends', async () => {
        await Promise.all([put(digits('fedcba01'), 'cid'), put(digits('fedcba02'), 'cid')])
        const message = '2 sessions have a key that begins with fedcba: give more of it'
        await expect(state('fedcba')).rejects.toMatchObject({ code: 'AMBIGUOUS_KEY', message })
        await expect(revoke.run({ ...base, key: 'fedcba', yes: true })).rejects.toMatchObject({ code: 'AMBIGUOUS_KEY', message })
        await vi.waitFor(() =>
          expect(revoke.run({ ...base, key: 'fedcba0', user: 'cid', yes: true })).rejects.toMatchObject({ code: 'AMBIGUOUS_KEY' }),
        )
        for (const key of [digits('fedcba01'), digits('fedcba02')]) expect(await state(key)).toMatchObject({ state: 'live' })
        expect(await revoke.run({ ...base, key: 'fedcba01', yes: true })).toMatchObject({
          json: { key: digits('fedcba01'), revoked: true },
        })
        expect(await state(digits('fedcba02'))).toMatchObject({ state: 'live' })
      })

      it('goes on after the prefix of this application, and never leads to another’s', async () => {
        await Promise.all([put(`app:${digits('777777')}`, 'app:dee'), put(digits('888888'), 'dee'), put('cart:999999', 'dee')])
        for (const key of ['777777', 'app:777777'])
          expect(await state(key, { keyPrefix: 'app:' })).toMatchObject({ key: `app:${digits('777777')}` })
        await expect(state('888888', { keyPrefix: 'app:' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
        await expect(state('999999')).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('begins with 999999') })
        await expect(state('cart:999999')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
      })

      it('is confirmed like a whole key, and goes with --user where a whole key does not', async () => {
        await expect(revoke.run({ ...base, key: '012345' })).rejects.toMatchObject({
          code: 'NOT_CONFIRMED',
          message: expect.stringContaining(digits('012345')),
        })
        for (const command of [show, revoke])
          await expect(command.run({ ...base, key: digits('012345'), user: 'ann', yes: true })).rejects.toMatchObject({ code: 'USAGE' })
        expect(await state(digits('012345'))).toMatchObject({ state: 'live' })
      })
    })
  },
  { userIdKey: 'userId' },
)

describe('beginningsOf', () => {
  const naming = { keyPrefix: 'beef', hashIds: true }

  it('wants six digits', () => {
    for (const text of ['abc12', 'a', '…a'.slice(1)]) expect(() => beginningsOf(text, naming)).toThrow(/at least 6/)
  })

  it('reads what the prefix may be a part of in both ways', () => {
    expect(beginningsOf('beef0123', naming)).toEqual(['beefbeef0123'])
    expect(beginningsOf('beef012345', naming)).toEqual(['beefbeef012345', 'beef012345'])
  })

  it.each(['cart:1', 'ABCDEF', 'a'.repeat(64), 'abcdef*'])('takes %s for no beginning', (text) => {
    expect(beginningsOf(text, naming)).toEqual([])
  })

  it('takes nothing for one where keys are ids', () => {
    expect(beginningsOf('abcdef', { ...naming, hashIds: false })).toEqual([])
  })
})

describe('list', () => {
  const key = digits('abcdef012345')
  const session = {
    key,
    createdAt: new Date(0),
    lastActiveAt: new Date(0),
    expiresAt: undefined,
    authenticatedAt: undefined,
    isCurrent: false,
    device: { label: 'Firefox on Windows, for a very long time' },
  }
  const naming = { keyPrefix: '', hashIds: true }
  const line = (columns: number, more = {}): string => lineOf(session, layoutOf(columns, { ...naming, ...more }))

  it('prints whole keys where they fit, and in a pipe', () => {
    for (const columns of [Infinity, 200]) expect(line(columns)).toContain(`${key}  Firefox on Windows`)
  })

  it('tells when the user authenticated, where somebody said it', () => {
    const wide = layoutOf(Infinity, naming)
    const authenticatedAt = new Date(1_800_000_000_000)
    expect(lineOf({ ...session, authenticatedAt, device: { label: 'a phone' } }, wide)).toMatch(
      /  a phone, authenticated 2027-01-15 08:00:00$/,
    )
    expect(lineOf({ ...session, authenticatedAt, device: undefined }, wide)).toMatch(/  authenticated 2027-01-15 08:00:00$/)
    expect(lineOf({ ...session, device: undefined }, wide)).toMatch(new RegExp(`${key}$`))
  })

  it.each([40, 80, 120])('cuts keys to beginnings that show takes in %i columns', (columns) => {
    const text = line(columns)
    expect([...text].length).toBeLessThanOrEqual(Math.max(columns, 46))
    const [shown = ''] = /[\da-f]{12}…/.exec(text) ?? []
    expect(beginningsOf(shown, naming)).toEqual([key.slice(0, 12)])
  })

  it('cuts no key that is an id', () => {
    expect(line(80, { hashIds: false })).toContain(key)
  })
})
