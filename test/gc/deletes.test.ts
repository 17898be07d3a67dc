// Deletes beside other writers, under faults and without permission.
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { collectGarbage } from '../../src/index.ts'
import { onEveryEngine } from '../support/engines.ts'
import { DAY, DENIED, at, hex, old, useItems } from './items.ts'

vi.mock(import('../../src/core/base/wait.ts'), async (original) => (await import('../support/pauses.ts')).shortPauses(original))

onEveryEngine((table) => {
  const { options, client } = table
  const { proxy, proxied, hasPartiQL, put, fill, keys } = useItems(table)

  describe.each(hasPartiQL ? ['partiql', 'deleteItem'] : ['deleteItem'])('with %s', (method) => {
    const isDelete = (operation: string): boolean => operation === 'BatchExecuteStatement' || operation === 'DeleteItem'
    const fault = (request: { operation: string }): typeof DENIED | undefined =>
      method === 'deleteItem' && request.operation === 'BatchExecuteStatement' ? DENIED : undefined

    test('a session that is refreshed between scan and delete lives, whatever changed', async () => {
      await put(hex(0), { ...old(), expire_at: at(DAY) })
      await put(hex(1), old())
      await put(hex(2), { created_at: { N: '1000' }, updated_at: { N: '1000' } })
      await put(hex(3), { ...old(), expire_at: at(DAY) })
      await put(hex(4), old())
      await put(hex(5), { updated_at: at(DAY), created_at: at(DAY), expire_at: at(DAY) })
      const set = async (key: string, UpdateExpression: string, value?: AttributeValue): Promise<void> => {
        await client.send(
          new UpdateItemCommand({
            TableName: options.tableName,
            Key: { session_id: { S: key } },
            UpdateExpression,
            ...(value ? { ExpressionAttributeValues: { ':v': value } } : {}),
          }),
        )
      }
      let refreshed: Promise<unknown> | undefined
      proxy.fault = async (request) => {
        if (!isDelete(request.operation)) return undefined
        refreshed ??= Promise.all([
          set(hex(0), 'SET expire_at = :v', at(-DAY)),
          set(hex(1), 'SET updated_at = :v', at(0)),
          set(hex(2), 'SET updated_at = :v', { S: '1000' }),
          set(hex(3), 'REMOVE expire_at'),
          set(hex(4), 'SET expire_at = :v', at(-DAY)),
        ])
        await refreshed
        return fault(request)
      }
      const result = await collectGarbage({ ...proxied(), maxAge: DAY, includeExpired: true })
      expect(await keys()).toEqual([0, 1, 2, 3, 4].map(hex))
      expect(result).toMatchObject({ matched: 6, deleted: 1, spared: 5, failed: 0, deletedWith: method })
    })

    test('throttling and lost replies change only the time', async () => {
      await fill(60, (n) => (n % 3 ? old() : { created_at: at(1), updated_at: at(1) }))
      const faults = ['throttle', 'reset', 'throttle', 'reset after', 'throttle', 'error after'] as const
      let requests = 0
      proxy.fault = (request) =>
        fault(request) ??
        (/Execute|DeleteItem|Scan/.test(request.operation) && ++requests % 10 < 3 ? faults[requests % faults.length] : undefined)
      const result = await collectGarbage({ ...proxied(), maxAge: DAY })
      expect(result).toMatchObject({ scanned: 60, matched: 40, deleted: 40, spared: 0, failed: 0, kept: 20, deletedWith: method })
      expect(await keys()).toHaveLength(20)
    })

    test('stops on a signal, and loses nothing when it goes on', async () => {
      // More than four deletes take, be they batches or not.
      const count = method === 'partiql' ? 300 : 60
      await fill(count, old)
      const stop = new AbortController()
      proxy.fault = (request) => {
        if (proxy.requests.filter(({ operation }) => isDelete(operation)).length > 4) stop.abort()
        return fault(request)
      }
      const first = await collectGarbage({ ...proxied(), maxAge: DAY, maxReadRate: 400, segments: 3, concurrency: 1, signal: stop.signal })
      expect(first.resumeToken).toBeTypeOf('string')
      expect(first.deleted).toBeGreaterThan(0)
      expect(await keys()).toHaveLength(count - first.deleted)
      const second = await collectGarbage({ ...options, maxAge: DAY, resumeToken: first.resumeToken as string })
      expect(second.resumeToken).toBeUndefined()
      expect(first.deleted + second.deleted).toBe(count)
      expect(second.matched).toBe(second.deleted)
      expect(second.scanned).toBe(second.matched)
      expect(await keys()).toEqual([])
    })

    test('compares bytes as they were read', async () => {
      await put(hex(1), { created_at: { B: Buffer.from([1, 255]) }, updated_at: { S: 'yesterday' }, expire_at: at(60) })
      proxy.fault = fault
      const result = await collectGarbage({ ...proxied(), includeExpired: true })
      expect(result).toMatchObject({ matched: 1, deleted: 1, spared: 0, failed: 0, deletedWith: method })
      expect(await keys()).toEqual([])
    })
  })

  test('a rate and throttling together warn of nothing', async () => {
    // More deletes than wait at once, be they batches or not.
    const count = hasPartiQL ? 500 : 150
    await fill(count, old)
    const warnings: Error[] = []
    const listen = (warning: Error): void => void warnings.push(warning)
    process.on('warning', listen)
    onTestFinished(() => void process.off('warning', listen))
    const seen = new Map<string, number>()
    // The first attempts of everything, so that all batches wait at once.
    proxy.fault = ({ operation, body }) => {
      if (!/Execute|DeleteItem/.test(operation)) return undefined
      const what = JSON.stringify(body)
      seen.set(what, (seen.get(what) ?? 0) + 1)
      return (seen.get(what) as number) < (operation === 'DeleteItem' ? 2 : 4) ? 'throttle' : undefined
    }
    const result = await collectGarbage({ ...proxied(), maxAttempts: 1, maxAge: DAY, maxWriteRate: 2000, maxReadRate: 2000, segments: 16 })
    expect(result).toMatchObject({ deleted: count })
    // A warning comes a tick later.
    await new Promise((resume) => setImmediate(resume))
    expect(warnings).toEqual([])
  })

  test('an answer that breaks off or tells too little is no deletion', async () => {
    await fill(60, old)
    let answers = 0
    proxy.fault = ({ operation }) => {
      if (operation === 'Scan' && ++answers === 1) return 'truncate'
      if (operation !== 'BatchExecuteStatement') return undefined
      answers++
      return answers === 2 ? { status: 200, body: { Responses: [] } } : answers === 4 ? 'truncate' : undefined
    }
    const result = await collectGarbage({ ...proxied(), maxAge: DAY, segments: 1 })
    expect(result).toMatchObject({ matched: 60, deleted: 60, spared: 0, failed: 0 })
    expect(await keys()).toEqual([])
  })

  describe('where the role may delete some keys only', () => {
    const isMine = (key: unknown): boolean => Number(String(key).slice(-3)) % 10 !== 0
    const keysOf = ({ Statements, Key }: Record<string, unknown>): unknown[] =>
      Key
        ? [(Key as { session_id: { S: string } }).session_id.S]
        : ((Statements ?? []) as { Parameters: { S: string }[] }[]).map(({ Parameters }) => Parameters[0]?.S)

    test.each(['for the batch', ...(hasPartiQL ? ['for the statement'] : [])])(
      'told %s, the rest goes, and the others fail',
      async (how) => {
        await fill(100, old)
        proxy.fault = ({ body }) => (how === 'for the batch' && !keysOf(body).every(isMine) ? DENIED : undefined)
        if (how === 'for the statement') {
          const error = { Error: { Code: 'AccessDenied', Message: 'no' } }
          proxy.fault = ({ operation, body }) => {
            if (operation !== 'BatchExecuteStatement' || keysOf(body).every(isMine)) return undefined
            // No engine answers this; what is allowed here is said to be done, and is not.
            return { status: 200, body: { Responses: keysOf(body).map((key) => (isMine(key) ? { TableName: options.tableName } : error)) } }
          }
        }
        const result = await collectGarbage({ ...proxied(), maxAge: DAY })
        expect(result).toMatchObject({ matched: 100, deleted: 90, failed: 10 })
        expect(result.notes).toContainEqual({ code: 'FAILED_DELETES', message: expect.stringMatching(/^some records must not .* denied/) })
        if (how === 'for the batch') expect((await keys()).filter(isMine)).toEqual([])
        expect((await keys()).filter((key) => !isMine(key))).toHaveLength(10)
      },
    )

    test('and none at all, the run ends with an error before it has tried all', async () => {
      await fill(300, old)
      proxy.fault = ({ operation }) => (/Execute|DeleteItem/.test(operation) ? DENIED : undefined)
      await expect(collectGarbage({ ...proxied(), maxAge: DAY })).rejects.toMatchObject({ code: 'ACCESS_DENIED' })
      expect(proxy.operations().filter((operation) => operation === 'DeleteItem').length).toBeLessThan(200)
      expect(await keys()).toHaveLength(300)
    })
  })

  test('errors are typed', async () => {
    await expect(collectGarbage({ ...options, tableName: 'no-such-table', maxAge: DAY })).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' })
    await put(hex(1), old())
    proxy.fault = ({ operation }) => (/Execute|DeleteItem/.test(operation) ? DENIED : undefined)
    await expect(collectGarbage({ ...proxied(), maxAge: DAY })).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      action: 'dynamodb:DeleteItem',
    })
  })
})
