// A table that takes its time, and callers that have none.
import { expect, it, vi } from 'vitest'
import { createSessionTable, deleteSessionTable, describeSessionTable, enableSessionTableTtl, ensureSessionTable } from '../../src/index.ts'
import type { TableOptions, TableProgress, TableStoppedError, TableTimeoutError } from '../../src/index.ts'
import { runAws } from '../support/aws-cli.ts'
import { bareClient } from '../support/engines.ts'
import { onTables, useTables } from './tables.ts'
import { pauses, sum } from '../support/pauses.ts'

vi.mock(import('../../src/core/base/wait.ts'), async (original) => (await import('../support/pauses.ts')).shortPauses(original, Infinity))

onTables((engine) => {
  const { proxy, hasTtl, fresh } = useTables(engine)

  const creating = ({ operation }: { operation: string }, answer: unknown): unknown =>
    operation === 'DescribeTable' ? { Table: { ...(answer as { Table: object }).Table, TableStatus: 'CREATING' } } : answer

  it('is waited for no longer than the timeout, and what it does not have yet is told', async () => {
    const options = fresh({ tags: { team: 'shop' }, pointInTimeRecovery: true })
    proxy.rewrite = creating
    pauses.splice(0)
    const error = await createSessionTable({ ...options, timeout: 1 }).catch((error: unknown) => error as TableTimeoutError)
    expect(sum(pauses)).toBeLessThanOrEqual(1000)
    expect(error).toMatchObject({
      code: 'TABLE_TIMEOUT',
      message: expect.stringMatching(/was not ACTIVE after 1 s.* still needs timeToLive/),
    })
    await finish(options, error as TableTimeoutError)
  })

  it('is waited for until the signal, and what it does not have yet is told', async () => {
    const options = fresh({ tags: { team: 'shop' }, pointInTimeRecovery: true })
    proxy.rewrite = creating
    const stop = new AbortController()
    const waits: TableProgress[] = []
    const error = await createSessionTable({
      ...options,
      signal: stop.signal,
      onWait(progress) {
        waits.push(progress)
        if (waits.length === 3) stop.abort()
      },
    }).catch((error: unknown) => error as TableStoppedError)
    expect(error).toMatchObject({ code: 'TABLE_STOPPED', message: expect.stringMatching(/was not ACTIVE yet.* still needs timeToLive/) })
    expect(waits).toMatchObject(Array.from({ length: 3 }, () => ({ tableName: options.tableName, waitingFor: 'ACTIVE' })))
    expect(waits.map(({ seconds }) => seconds)).toEqual(waits.map(({ seconds }) => seconds).toSorted((a, b) => a - b))
    expect(proxy.operations()).not.toContain('TagResource')
    await finish(options, error as TableStoppedError)
  })

  /** What is said to be left is all that is left. */
  async function finish(options: TableOptions, { unfinished }: TableStoppedError | TableTimeoutError): Promise<void> {
    expect(unfinished.map(({ what }) => what)).toEqual(['timeToLive', 'pointInTimeRecovery', 'tags'])
    proxy.reset()
    const sent: string[] = []
    // No engine here knows backups.
    proxy.fault = ({ operation }) => (operation === 'UpdateContinuousBackups' ? { status: 200, body: {} } : undefined)
    const through = bareClient(proxy.endpoint)
    for (const { remedy } of unfinished) sent.push(...(await runAws(remedy, through)).map(({ operation }) => operation))
    through.destroy()
    expect(sent).toEqual(['UpdateContinuousBackups', 'TagResource'])
    expect(unfinished[0]?.remedy).toBe('run `dynamodb-sessions table enable-ttl`')
    if (hasTtl) await enableSessionTableTtl(options)
    expect((await ensureSessionTable(options)).differences.map(({ what }) => what)).toEqual(hasTtl ? [] : ['timeToLive'])
    await deleteSessionTable(options)
  }

  it('that was stopped half-way lacks what is told, and that only', async () => {
    const options = fresh({ tags: { team: 'shop' } })
    const stop = new AbortController()
    proxy.fault = ({ operation }) => (operation === 'UpdateTimeToLive' ? void stop.abort() : undefined)
    await expect(createSessionTable({ ...options, signal: stop.signal })).rejects.toMatchObject({
      code: 'TABLE_STOPPED',
      unfinished: [{ what: 'tags' }],
    })
    expect((await ensureSessionTable(options)).differences.map(({ what }) => what)).toEqual(hasTtl ? ['tags'] : ['timeToLive', 'tags'])
    await deleteSessionTable(options)
  })

  it('is neither made nor deleted once the signal is there, and one that goes is not waited for', async () => {
    const options = fresh()
    const stopped = { ...options, signal: AbortSignal.abort() }
    await expect(createSessionTable(stopped)).rejects.toMatchObject({ code: 'TABLE_STOPPED', unfinished: [] })
    await expect(ensureSessionTable(stopped)).rejects.toMatchObject({ code: 'TABLE_STOPPED' })
    expect(await describeSessionTable(options)).toBe(undefined)
    await createSessionTable(options)
    await expect(deleteSessionTable(stopped)).rejects.toMatchObject({ code: 'TABLE_STOPPED' })
    expect(await describeSessionTable(options)).toMatchObject({ status: 'ACTIVE' })
    const stop = new AbortController()
    proxy.fault = ({ operation, body }) =>
      operation === 'DescribeTable' ? { status: 200, body: { Table: { TableName: body.TableName, TableStatus: 'DELETING' } } } : undefined
    await expect(deleteSessionTable({ ...options, signal: stop.signal, onWait: () => stop.abort() })).rejects.toMatchObject({
      code: 'TABLE_STOPPED',
      message: expect.stringContaining('was not gone yet'),
    })
    proxy.reset()
    await deleteSessionTable(options)
  })
})
