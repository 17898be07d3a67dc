import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import dynamodbDriver from '../../src/driver.ts'
import { renderTemplate } from '../../src/template/template.ts'
import type { TemplateOptions } from '../../src/template/template.ts'
import { collectGarbage, createSessionStore, createSessionTable, deleteSessionTable, ensureSessionTable } from '../../src/index.ts'
import type { SessionOptions, TableOptions } from '../../src/index.ts'
import { isBasic, onEveryEngine } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'
import type { ProxiedRequest } from '../support/proxy.ts'
import { fromCdk, fromSst, fromTerraform } from './code.ts'
import { fromCloudFormation, fromIam, fromRequests } from './described.ts'
import type { Described, DescribedStatement } from './described.ts'

vi.mock(import('../../src/core/base/wait.ts'), async (original) => (await import('../support/pauses.ts')).shortPauses(original))

const KEY = 'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const ARN = 'arn:aws:dynamodb:us-east-1:123456789012:table/sessions'
const FORMATS: Readonly<Record<string, (text: string) => Described>> = {
  cloudformation: fromCloudFormation,
  cdk: fromCdk,
  terraform: fromTerraform,
  sst: fromSst,
}

/** Every option that a table has, at both ends. */
const TABLES: Readonly<Record<string, TableOptions & { unstorage?: boolean }>> = {
  'nothing but a name': { tableName: 'plain' },
  'an index of users': { tableName: 'with-users', userIdKey: 'userId' },
  everything: {
    tableName: 'every.thing_',
    tableKey: 'no',
    sortKey: 'it\'s a "key"',
    sortKeyValue: 'S',
    userIdKey: 'userId',
    keyPrefix: 'a$b*c?${d}%{e}:',
    readCapacity: 7,
    writeCapacity: 3,
    tags: { team: 'web', on: 'yes', raw: 'it\'s ${not} a %{reference} "here" \\ !Ref x: #y', __proto__: 'x', '1': '0', ' ': '' },
    deletionProtection: true,
    pointInTimeRecovery: true,
    serverSideEncryption: KEY,
    unstorage: true,
  },
  'capacities without an index': { tableName: 'small', readCapacity: 1, serverSideEncryption: true, keyPrefix: 'shop:' },
  'provisioned by default': { tableName: 'billed', billingMode: 'PROVISIONED', userIdKey: 'u', tags: { raw: '1', blocks: '2' } },
}

describe('a template', () => {
  const [engine] = inject('engines') as [ReturnType<typeof inject<'engines'>>[number]]
  const proxy = useProxy(engine)

  test.each(Object.entries(TABLES))(
    'with %s asks for the table that `createSessionTable` asks for',
    async (_, { unstorage, ...options }) => {
      // The engine may not take every option; what is compared is what was asked of it.
      const canned = { TableName: options.tableName, TableStatus: 'ACTIVE', TableArn: ARN, DeletionProtectionEnabled: true }
      let made = false
      proxy.fault = ({ operation }) => {
        if (operation === 'DescribeTable' && !made) return { status: 400, body: { __type: 'x#ResourceNotFoundException', message: '' } }
        if (operation === 'CreateTable') made = true
        return { status: 200, body: { Table: canned } }
      }
      const { notApplied } = await createSessionTable({ ...options, endpoint: proxy.endpoint })
      expect(notApplied).toEqual([])
      const wire = fromRequests(proxy.requests)
      expect(wire).toMatchObject({ name: options.tableName, timeToLive: 'expire_at', tags: options.tags ?? {} })
      const more = { ...options, ...(unstorage ? { unstorage } : {}) }
      const policies = fromIam(
        renderTemplate({ ...more, format: 'iam', region: 'eu-west-1', account: '123456789012' }),
        `arn:aws:dynamodb:eu-west-1:123456789012:table/${options.tableName}`,
      )
      for (const [format, read] of Object.entries(FORMATS)) {
        const described = read(renderTemplate({ ...more, format: format as TemplateOptions['format'] }))
        expect(described.table, format).toEqual(wire)
        expect(described.policies, format).toEqual(policies)
      }
    },
  )

  test('grants nothing that docs/infrastructure.md does not explain for the role', () => {
    const guide = readFileSync(new URL('../../docs/infrastructure.md', import.meta.url), 'utf8')
    const rows = guide.split('\n').filter((line) => line.startsWith('|'))
    for (const options of Object.values(TABLES)) {
      const policies = JSON.parse(renderTemplate({ ...options, format: 'iam' })) as Record<string, { Statement: { Action: string[] }[] }>
      for (const [column, role] of ['app', 'gc', 'admin'].entries()) {
        const actions = policies[role]?.Statement.flatMap(({ Action }) => Action) ?? []
        expect(actions.length).toBeGreaterThan(2)
        for (const action of actions) {
          const [service, name] = action.split(':')
          const cells = rows.filter((row) => row.split('|')[1]?.includes(`\`${name}\``)).map((row) => row.split('|')[column + 2]?.trim())
          if (service === 'dynamodb') expect(cells.some(Boolean), `${role} ${action}`).toBe(true)
          else expect(guide).toContain(`\`${action}\``)
        }
      }
    }
  })

  test('keeps the table when the stack goes, only where it is protected', () => {
    for (const deletionProtection of [true, false]) {
      const kept = deletionProtection ? 'Retain' : 'Delete'
      expect(renderTemplate({ format: 'cloudformation', deletionProtection })).toContain(
        `DeletionPolicy: ${kept}\n    UpdateReplacePolicy: ${kept}\n`,
      )
      expect(renderTemplate({ format: 'cdk', deletionProtection })).toContain(
        `removalPolicy: RemovalPolicy.${deletionProtection ? 'RETAIN' : 'DESTROY'}`,
      )
    }
  })

  test('names one policy of one table by its ARN', () => {
    const { Version, Statement } = JSON.parse(renderTemplate({ format: 'iam', policy: 'app', tableName: ARN, userIdKey: 'u' })) as {
      Version: string
      Statement: { Resource: string }[]
    }
    expect(Version).toBe('2012-10-17')
    expect(Statement.map(({ Resource }) => Resource)).toEqual([ARN, `${ARN}/index/user_id-index`])
  })

  test.each([
    [{}, 'arn:aws:dynamodb:*:*:table/sessions'],
    [{ region: 'cn-north-1' }, 'arn:aws-cn:dynamodb:cn-north-1:*:table/sessions'],
    [{ region: 'us-gov-west-1', account: '123456789012' }, 'arn:aws-us-gov:dynamodb:us-gov-west-1:123456789012:table/sessions'],
  ])('finds the partition of %j', (options, arn) => {
    const { app } = JSON.parse(renderTemplate({ format: 'iam', ...options })) as { app: { Statement: { Resource: string }[] } }
    expect(app.Statement[0]?.Resource).toBe(arn)
  })

  test.each<[Partial<TemplateOptions>, string]>([
    [{ format: 'pulumi' as never }, 'format'],
    [{ format: 'cdk', tableName: ARN }, 'tableName'],
    [{ format: 'cdk', serverSideEncryption: 'alias/sessions' }, 'serverSideEncryption'],
    [{ format: 'cdk', policy: 'app' }, 'policy'],
    [{ format: 'sst', account: '123456789012' }, 'account'],
    [{ format: 'iam', account: '12' }, 'account'],
    [{ format: 'iam', policy: 'root' as never }, 'policy'],
    [{ format: 'iam', unstorage: 'yes' as never }, 'unstorage'],
    [{ format: 'iam', tabelName: 'x' } as never, 'tabelName'],
  ])('is refused for %j', (options, option) => {
    expect(() => renderTemplate(options as TemplateOptions)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option }))
  })
})

onEveryEngine(
  ({ engine, options }) => {
    const proxy = useProxy(engine)
    const own = (more: SessionOptions = {}): SessionOptions => ({ ...options, keyPrefix: 'shop:', endpoint: proxy.endpoint, ...more })
    const policyOf = (role: 'app' | 'gc' | 'admin', more: Partial<TemplateOptions>): DescribedStatement[] =>
      fromIam(renderTemplate({ ...own(), ...more, format: 'iam' }), `arn:aws:dynamodb:*:*:table/${options.tableName}`)[role] ?? []

    afterEach(() => dynamodbDriver({ ...options, keyPrefix: 'shop:' }).clear())

    async function live(more: SessionOptions): Promise<void> {
      const store = createSessionStore<{ n: number; userId: string }>(own({ touchAfter: 0, ...more }))
      const created = await store.create({ n: 1, userId: 'ada' })
      const read = await store.read(created.id)
      if (!read) throw new Error('it is gone')
      const updated = await store.update(read, { ...read.data, n: 2 })
      if (!updated) throw new Error('it is gone')
      await store.touch(updated)
      const moved = await store.regenerate(updated, { data: { ...updated.data, n: 3 } })
      if (!moved) throw new Error('it is gone')
      await store.withLock(moved.id, async (locked) => locked.update({ ...locked.record.data, n: 4 }))
      if (more.userIdKey) {
        for await (const one of store.listByUser('ada')) expect(one.data.n).toBe(4)
        // As many as go in a batch.
        await Promise.all(Array.from({ length: 20 }, () => store.create({ n: 1, userId: 'ada' })))
        expect(await store.destroyByUser('ada')).toBe(21)
      }
      await store.destroy(moved.id)
    }

    test.each([{}, { userIdKey: 'userId' }])(
      'the policy for applications with %j allows what a session’s life sends, and no more',
      async (more) => {
        await live(more)
        expectExactly(policyOf('app', more), proxy.requests)
      },
    )

    test('the policy for applications with unstorage allows what the driver sends besides, and no more', async () => {
      await live({ userIdKey: 'userId' })
      const driver = dynamodbDriver({ ...options, keyPrefix: 'shop:', endpoint: proxy.endpoint })
      await driver.setItem('a', '1')
      await driver.setItems([{ key: 'b', value: '2' }])
      expect(await driver.getItem('a')).toBe('1')
      expect(await driver.getItems([{ key: 'a' }, { key: 'b' }])).toHaveLength(2)
      expect(await driver.hasItem('a')).toBe(true)
      expect(await driver.getMeta('a')).toMatchObject({ mtime: expect.any(Date) })
      expect(await driver.getKeys()).toHaveLength(2)
      await driver.removeItem('a')
      await driver.clear()
      expectExactly(policyOf('app', { userIdKey: 'userId', unstorage: true }), proxy.requests)
    })

    test('the policy for garbage collection allows what it sends, with and without PartiQL, and no more', async () => {
      const store = createSessionStore({ ...options, keyPrefix: 'shop:' })
      await store.create({})
      // Another application's, which the policy does not let us delete.
      const blog = createSessionStore({ ...options, keyPrefix: 'blog:', maxStale: 0.001 })
      const { key } = await blog.create({})
      onTestFinished(() => blog.destroyByKey(key))
      // The engine's clock shows whole seconds.
      const passASecond = (): Promise<void> => new Promise((resume) => setTimeout(resume, 1100))
      await passASecond()
      // Tombstones of other tests are due as well.
      const { deleted, notes } = await collectGarbage({ ...own({ maxAge: 0.001 }), includeExpired: true })
      expect(deleted).toBeGreaterThan(0)
      expect(notes.map(({ code }) => code)).toEqual(isBasic(engine) ? ['WITHOUT_PARTIQL'] : [])
      await store.create({})
      await passASecond()
      proxy.fault = ({ operation }) =>
        operation === 'BatchExecuteStatement' ? { status: 400, body: { __type: 'x#AccessDeniedException', message: '' } } : undefined
      expect(await collectGarbage(own({ maxAge: 0.001 }))).toMatchObject({ deleted: 1, deletedWith: 'deleteItem' })
      expectExactly(policyOf('gc', {}), proxy.requests)
    })

    test('the policy for administrators allows what the table’s functions send, and no more', async () => {
      for (const more of [{}, { tags: { team: 'web' }, pointInTimeRecovery: true }]) {
        proxy.reset()
        const table = { ...own(), tableName: `${options.tableName}-admin`, ...more }
        await createSessionTable(table)
        await ensureSessionTable(table)
        await deleteSessionTable(table)
        expectExactly(policyOf('admin', more), proxy.requests)
      }
    })
  },
  { userIdKey: 'userId' },
)

/** Every request is allowed, keys included, and every allowed action was sent. */
function expectExactly(policy: readonly DescribedStatement[], requests: readonly ProxiedRequest[]): void {
  const sent = new Set(requests.flatMap(actionsOf))
  expect(sent.size).toBeGreaterThan(1)
  const allowed = new Set(policy.flatMap(({ Action, Resource }) => Action.map((action) => `${action} ${Resource}`)))
  expect([...sent].toSorted()).toEqual([...allowed].toSorted())
  for (const request of requests) {
    const [action] = actionsOf(request)
    const condition = policy.find(({ Action, Resource }) => Action.some((name) => `${name} ${Resource}` === action))?.Condition as
      | Record<string, Record<string, string[]>>
      | undefined
    if (!condition) continue
    expect(condition).toEqual({ 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['shop:*'] } })
    const keys = leadingKeys(request.body)
    expect(keys.length, action).toBeGreaterThan(0)
    expect(keys.filter((key) => !key.startsWith('shop:'))).toEqual([])
  }
}

/** The permissions that a request needs. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html */
function actionsOf({ operation, body }: ProxiedRequest): string[] {
  if (operation === 'BatchExecuteStatement') {
    const statements = body.Statements as { Statement: string }[]
    return statements.map(({ Statement }) => (Statement.startsWith('DELETE ') ? 'dynamodb:PartiQLDelete table' : Statement))
  }
  return [`dynamodb:${operation} table${typeof body.IndexName === 'string' ? `/index/${body.IndexName}` : ''}`]
}

/** The hash keys that a request names, of the table or of the index it reads. */
function leadingKeys(body: Record<string, unknown>): string[] {
  if (body.IndexName) return Object.values(body.ExpressionAttributeValues as Record<string, { S: string }>).map(({ S }) => S)
  const found: string[] = []
  const visit = (value: unknown, name: string): void => {
    if (typeof value !== 'object' || value === null) return
    if ((name === 'session_id' || name === ':key') && 'S' in value) found.push(String(value.S))
    for (const [inner, item] of Object.entries(value)) visit(item, inner)
  }
  visit(body, '')
  for (const { Parameters } of (body.Statements ?? []) as { Parameters: { S: string }[] }[]) found.push(String(Parameters[0]?.S))
  return found
}
