import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import dynamodbDriver from '../../src/driver.ts'
import { createSessionStore } from '../../src/index.ts'
import type { SessionRecord } from '../../src/index.ts'
import { noTerminal, useCommand } from '../support/command.ts'
import { collect } from '../support/collect.ts'
import { onEveryEngine } from '../support/engines.ts'

const { run, folder } = useCommand()
const withoutTerminal = noTerminal()
if (withoutTerminal) console.log(`tests on a pseudo-terminal are skipped: ${withoutTerminal}`)

onEveryEngine(
  (table) => {
    const on = (...args: string[]): string[] => [...args, '--table-name', table.options.tableName, '--endpoint', table.options.endpoint]

    describe('sessions', () => {
      const store = createSessionStore<{ userId: string; 'odd\u001Bkey'?: string }>({
        ...table.options,
        userIdKey: 'userId',
        maxStale: 3600,
      })
      let records: SessionRecord<{ userId: string }>[]
      const by = (...args: string[]): string[] => on(...args, '--user-id-key', 'userId')

      beforeAll(async () => {
        records = await Promise.all([1, 2, 3].map(() => store.create({ userId: '42', 'odd\u001Bkey': 'private' })))
      })

      it.concurrent('are listed by user, as text and as JSON', async () => {
        const keys = records.map(({ key }) => key).toSorted()
        const [text, array, none] = await Promise.all([
          run(by('list', '--user', '42')),
          run(by('list', '--user', '42', '--json')),
          run(by('list', '--user', '7', '--json=true')),
        ])
        expect(text.stdout.split('\n')[0]).toMatch(/^updated +created +expires +key$/)
        expect(
          text.stdout
            .trim()
            .split('\n')
            .slice(1)
            .map((line) => line.split(/ {2}/).at(-1))
            .toSorted(),
        ).toEqual(keys)
        const rows = JSON.parse(array.stdout) as { key: string; createdAt: string }[]
        expect(rows.map(({ key }) => key).toSorted()).toEqual(keys)
        expect(rows.map(({ createdAt }) => createdAt)).toContain(records[0]?.createdAt.toISOString())
        expect(none).toMatchObject({ code: 0, stdout: '[]\n', stderr: '' })
      })

      it.concurrent('are listed with what their log-ins kept', async () => {
        const { key } = await store.create({ userId: 'dee' }, { authenticated: true, device: { label: 'Firefox on \u001BWindows' } })
        const [text, array] = await Promise.all([run(by('list', '--user', 'dee')), run(by('list', '--user', 'dee', '--json'))])
        expect(text.stdout).toMatch(new RegExp(`${key}  "Firefox on .*Windows", authenticated [\\d-]{10} [\\d:]{8}\n$`))
        expect(text.stdout).not.toContain('\u001BW')
        expect(JSON.parse(array.stdout)).toMatchObject([
          { key, device: { label: 'Firefox on \u001BWindows' }, authenticatedAt: expect.any(String) },
        ])
        // What the user's own page of devices has, but for the one that asks.
        const [session] = await collect(store.userSessions('dee'))
        const { isCurrent: _, lastActiveAt, ...own } = JSON.parse(JSON.stringify(session)) as Record<string, unknown>
        expect(JSON.parse(array.stdout)).toEqual([{ ...own, updatedAt: lastActiveAt }])
      })

      it.concurrent('are shown as one JSON document, whatever a serializer prints', async () => {
        const cwd = join(folder, `serializer-${table.engine.name}`)
        mkdirSync(cwd)
        const parse = "(text: string) => (console.log('parsing'), JSON.parse(text))"
        writeFileSync(
          join(cwd, 'dynamodb-sessions.config.ts'),
          `export default { serializer: { stringify: JSON.stringify, parse: ${parse} } }`,
        )
        const [{ key }] = records as [SessionRecord<unknown>]
        const [shown, listed] = await Promise.all([run(by('show', key, '--json'), { cwd }), run(by('list', '--user', '42'), { cwd })])
        expect(shown).toMatchObject({ code: 0, json: { key, state: 'live' }, stderr: 'parsing\n' })
        expect(listed.stdout).toContain(key)
        expect(listed.stdout).not.toContain('parsing')
      })

      it.concurrent('are shown by key or id: data only where it is asked for', async () => {
        const [{ id, key }] = records as [SessionRecord<unknown>]
        const [text, json, data, absent] = await Promise.all([
          run(by('show', key)),
          run(by('show', '--id', '-', '--json'), { input: `${id}\n` }),
          run(by('show', key, '--data', '--json')),
          run(by('show', '0'.repeat(64))),
        ])
        expect(text.stdout).toMatch(/\nstate +live\n(.*\n)*user +42\n/)
        expect(text.stdout).toMatch(/data +userId, "odd\\u001bkey"\n/)
        expect(json.json).toMatchObject({ key, state: 'live', user: '42', dataKeys: ['userId', 'odd\u001Bkey'] })
        for (const { stdout } of [text, json]) {
          expect(stdout).not.toContain('private')
          expect(stdout).not.toContain(id)
        }
        expect(data.json).toMatchObject({ data: { userId: '42', 'odd\u001Bkey': 'private' } })
        expect(absent).toMatchObject({
          code: 1,
          stdout: '',
          stderr: expect.stringContaining(`There is no session ${'0'.repeat(64)} in the table`) as string,
        })
      })

      it.concurrent('that cannot be read are shown with the reason', async () => {
        const [key, expired, timeless] = ['b', 'e', '7'].map((digit) => digit.repeat(64)) as [string, string, string]
        const times = { created_at: { N: '1' }, updated_at: { N: '1' } }
        const put = (session_id: string, rest: object): Promise<unknown> =>
          table.client.send(
            new PutItemCommand({ TableName: table.options.tableName, Item: { session_id: { S: session_id }, ...times, ...rest } }),
          )
        await put(timeless, { data: { S: '{}' }, updated_at: { S: 'soon' } })
        await put(key, { data: { S: '{"secret' }, expire_at: { N: '9999999999' } })
        await put(expired, { data: { S: '{"a":1}' }, expire_at: { N: '2' } })
        const [broken, old, without] = await Promise.all([
          run(by('show', key, '--data')),
          run(by('show', expired, '--json')),
          run(by('show', timeless)),
        ])
        expect(without.stdout).toMatch(/state +unreadable\n(.*\n)*updated +unknown\n(.*\n)*data +has a updated_at .+\n/)
        expect(broken.stdout).toMatch(/state +unreadable\n/)
        expect(broken.stdout).not.toContain('secret')
        expect(old.json).toMatchObject({ state: 'expired', dataKeys: ['a'], expiresAt: '1970-01-01T00:00:02.000Z' })
        for (const id of [key, expired, timeless]) {
          await table.client.send(new DeleteItemCommand({ TableName: table.options.tableName, Key: { session_id: { S: id } } }))
        }
      })

      it('end one by one, or all of a user, after a confirmation', async () => {
        const [{ id, key }, second] = records as [SessionRecord<unknown>, SessionRecord<unknown>]
        for (const args of [[key], [`--id=${id}`], ['--user', '42']]) {
          const refused = await run(by('revoke', ...args))
          expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--yes') as string })
        }
        expect(await store.read(id)).not.toBeNull()
        const [ended, bySecret] = await Promise.all([
          run(by('revoke', key, '--yes', '--json')),
          run(by('revoke', `--id=${second.id}`, '--yes')),
        ])
        expect(ended).toMatchObject({ code: 0, json: { key, revoked: true } })
        expect(bySecret).toMatchObject({ code: 0, stdout: 'Ended the session of this id\n' })
        expect(await store.read(id)).toBeNull()
        const [again, asJson, all, none] = await Promise.all([
          run(by('revoke', key, '-y')),
          run(by('revoke', `--id=${id}`, '-y', '--json')),
          run(by('revoke', '--user', '42', '--yes', '--json')),
          run(by('revoke', '--user', 'nobody', '--yes', '--json')),
        ])
        const { tableName } = table.options
        expect(again).toMatchObject({ code: 1, stdout: '', stderr: `error: There is no session ${key} in the table ${tableName}\n` })
        expect(asJson).toMatchObject({ code: 1, stdout: '' })
        const message = `There is no session of this id in the table ${tableName}`
        expect(JSON.parse(asJson.stderr)).toEqual({ error: { name: 'DynamoSessionError', code: 'NOT_FOUND', message } })
        expect(all).toMatchObject({ code: 0, json: { user: '42', revoked: 1 } })
        // That a user has no session is what was asked for.
        expect(none).toMatchObject({ code: 0, json: { user: 'nobody', revoked: 0 } })
      })

      it('of a user are counted while they end, on the standard error', async () => {
        const many = Array.from({ length: 30 }, () => store.create({ userId: 'many' }))
        await Promise.all(many)
        const ended = await run(by('revoke', '--user', 'many', '--yes'))
        expect(ended).toMatchObject({
          code: 0,
          stdout: 'Ended 30 sessions of the user\n',
          stderr: 'ending the sessions of the user: 0 so far\n',
        })
        if (withoutTerminal) return
        await Promise.all(Array.from({ length: 30 }, () => store.create({ userId: 'many' })))
        const drawn = await run(by('revoke', '--user', 'many', '--yes'), { terminal: true })
        // It looks again a second later, which is time enough to be seen.
        expect(drawn.stdout).toContain('\r\u001B[Kending the sessions of the user: 30 so far … ')
        expect(drawn.stdout.trimEnd().endsWith('\r\u001B[KEnded 30 sessions of the user')).toBe(true)
      })

      it.concurrent('are all that can be revoked: items of others stay', async () => {
        const driver = dynamodbDriver(table.options)
        await driver.setItem?.('cart:1', '"apples"', {})
        expect(await run(by('revoke', 'cart:1'))).toMatchObject({
          code: 2,
          stdout: '',
          stderr: expect.stringContaining('is not that of a session') as string,
        })
        expect(await driver.getItem('cart:1')).toBe('"apples"')
        await driver.removeItem('cart:1')
      })
    })
  },
  { userIdKey: 'userId' },
)
