// A table that another host has made a moment ago, and has not finished.
import { expect, it } from 'vitest'
import { createSessionTable, deleteSessionTable, ensureSessionTable } from '../../src/index.ts'
import type { TableProgress } from '../../src/index.ts'
import { onTables, useTables } from './tables.ts'

onTables((engine) => {
  const { proxy, hasTtl, fresh } = useTables(engine)

  /** Holds back that TTL is switched on, until `looks` looks were taken at it. */
  function holdTimeToLive(looks: number): void {
    let isOn = false
    let seen = 0
    let open = (): void => {}
    const opened = new Promise<void>((resolve) => (open = resolve))
    proxy.rewrite = undefined
    proxy.fault = async ({ operation }) => {
      if (operation === 'DescribeTimeToLive') {
        if (++seen === looks) open()
        // Dynalite has none.
        if (isOn && !hasTtl)
          return { status: 200, body: { TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'expire_at' } } }
      }
      if (operation !== 'UpdateTimeToLive') return undefined
      await opened
      isOn = true
      return hasTtl ? undefined : { status: 200, body: {} }
    }
  }

  it('are waited for where another host has yet to switch TTL on', async () => {
    const options = fresh()
    holdTimeToLive(3)
    const [first, second] = await Promise.all([ensureSessionTable(options), ensureSessionTable(options)])
    expect([first.created, second.created].toSorted()).toEqual([false, true])
    expect([...first.differences, ...second.differences]).toEqual([])
    expect(second.table.timeToLive).toMatchObject({ attribute: 'expire_at' })
    await deleteSessionTable(options)
  })

  it('are told as they are where nobody finishes them in time', async () => {
    const options = fresh({ timeout: 1 })
    proxy.fault = ({ operation }) =>
      operation === 'UpdateTimeToLive' ? { status: 400, body: { __type: 'x#UnknownOperationException', message: 'no' } } : undefined
    await createSessionTable(options)
    proxy.rewrite = undefined
    const waits: TableProgress[] = []
    const { differences } = await ensureSessionTable({ ...options, onWait: (progress) => void waits.push(progress) })
    expect(differences).toMatchObject([{ what: 'timeToLive', found: 'disabled' }])
    expect(waits.length).toBeGreaterThan(1)
    expect(waits[0]).toMatchObject({ tableName: options.tableName, waitingFor: 'complete' })
    const stopped = ensureSessionTable({ ...options, signal: AbortSignal.abort() })
    await expect(stopped).rejects.toMatchObject({ code: 'TABLE_STOPPED', message: expect.stringContaining('was not complete yet') })
    await deleteSessionTable(options)
  })

  it('are not waited for when they are old', async () => {
    const options = fresh()
    proxy.fault = ({ operation }) =>
      operation === 'UpdateTimeToLive' ? { status: 400, body: { __type: 'x#UnknownOperationException', message: 'no' } } : undefined
    await createSessionTable(options)
    const onWait = (): never => expect.unreachable()
    expect((await ensureSessionTable({ ...options, onWait })).differences).toMatchObject([{ what: 'timeToLive' }])
    await deleteSessionTable(options)
  })
})
