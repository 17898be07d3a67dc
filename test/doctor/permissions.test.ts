import { expect, test } from 'vitest'
import { diagnose } from '../../src/doctor/doctor.ts'
import { collectGarbage } from '../../src/index.ts'
import { isBasic, onEveryEngine } from '../support/engines.ts'
import { DENIED, UNITS, UNKNOWN, of, statuses, usePatient } from './patient.ts'

onEveryEngine(
  (table) => {
    const { engine, proxy, own, unavoidable, mend, withTable } = usePatient(table)
    /** Dynalite takes an index for a table that is there, with capacities only, and never makes it. */
    const addsIndexes = !isBasic(engine)
    const provisioned = { BillingMode: 'PROVISIONED', ProvisionedThroughput: UNITS } as const

    test.each([
      ['GetItem', 'may read sessions', 'fault', 'app'],
      ['PutItem', 'may write sessions', 'fault', 'app'],
      ['UpdateItem', 'may write sessions', 'fault', 'app'],
      ['DeleteItem', 'may destroy sessions', 'fault', 'app'],
      ['Query', 'may find the sessions of a user', 'fault', 'app'],
      ['BatchGetItem', 'may find the sessions of a user', 'fault', 'app'],
      ['Scan', 'may collect garbage', 'warning', 'gc'],
      ['BatchExecuteStatement', 'may collect garbage', 'warning', 'gc'],
      ['DescribeTimeToLive', 'may collect garbage', 'warning', 'gc'],
      ['DescribeTable', 'table', 'warning', 'admin'],
    ])('where %s is denied, "%s" says so and everything else is looked at', async (denied, name, status, policy) => {
      proxy.fault = ({ operation }) => (operation === denied ? DENIED : undefined)
      const checks = await diagnose(own({ userIdKey: 'userId' }))
      const action = denied === 'BatchExecuteStatement' ? 'PartiQLDelete' : denied
      expect(of(checks, name)).toMatchObject({
        status,
        detail: expect.stringMatching(new RegExp(`dynamodb:${action}\\b.* (is )?denied`)),
        remedy: expect.stringContaining(`template --format iam --policy ${policy}`),
      })
      const others = denied === 'DescribeTimeToLive' ? [] : unavoidable
      expect([...statuses(checks, 'fault'), ...statuses(checks, 'warning')].toSorted()).toEqual([name, ...others].toSorted())
      expect(statuses(checks, 'ok')).toContain(name === 'may read sessions' ? 'may write sessions' : 'may read sessions')
    })

    test('a denied PartiQL statement is told as well, where the whole batch is not denied', async () => {
      proxy.fault = ({ operation }) =>
        operation === 'BatchExecuteStatement'
          ? { status: 200, body: { Responses: [{ Error: { Code: 'AccessDenied', Message: '' } }] } }
          : undefined
      expect(of(await diagnose(own()), 'may collect garbage')).toMatchObject({
        status: 'warning',
        detail: expect.stringContaining('PartiQLDelete denied'),
      })
    })

    test('an application’s own role may not look at TTL, and that is no fault', async () => {
      proxy.fault = ({ operation }) => (operation.startsWith('Describe') ? DENIED : undefined)
      const checks = await diagnose(own())
      expect(statuses(checks, 'fault')).toEqual([])
      expect(of(checks, 'time to live')).toMatchObject({
        status: 'skipped',
        detail: expect.stringContaining('DescribeTimeToLive is denied'),
      })
    })

    test.each(['Scan', 'DescribeTimeToLive'])('garbage collection that fails for want of %s is said to', async (denied) => {
      proxy.fault = ({ operation }) => (operation === denied || operation === 'DescribeTable' ? DENIED : undefined)
      await expect(collectGarbage({ ...own(), maxAge: 3600, dryRun: true })).rejects.toMatchObject({ action: `dynamodb:${denied}` })
      expect(of(await diagnose(own()), 'may collect garbage').detail).toContain(`dynamodb:${denied} denied`)
      // What is said to be enough, is.
      proxy.fault = ({ operation }) => (operation === 'DescribeTable' ? DENIED : undefined)
      expect(of(await diagnose(own()), 'may collect garbage').status).toBe('ok')
      await collectGarbage({ ...own(), maxAge: 3600, dryRun: true })
    })

    test('an engine without time to live is told', async () => {
      proxy.fault = ({ operation }) => (operation === 'DescribeTimeToLive' ? UNKNOWN : undefined)
      expect(of(await diagnose(own()), 'time to live')).toMatchObject({
        status: 'skipped',
        detail: expect.stringContaining('the engine does not know DescribeTimeToLive'),
      })
    })

    test('a missing table is found even by those who may not describe it', async () => {
      proxy.fault = ({ operation }) => (operation.startsWith('Describe') ? DENIED : undefined)
      expect(of(await diagnose(own({ tableName: 'there-is-none' })), 'may read sessions')).toMatchObject({
        status: 'fault',
        detail: expect.stringContaining('There is no table there-is-none'),
        remedy: expect.stringContaining('table create'),
      })
    })

    test('those who may not describe the table are told of a missing index, and what adds it', () =>
      withTable(addsIndexes ? {} : provisioned, async (tableName) => {
        proxy.fault = ({ operation }) => (operation.startsWith('Describe') ? DENIED : undefined)
        const more = { tableName, userIdKey: 'userId', ...(addsIndexes ? {} : { writeCapacity: 3 }) }
        const check = of(await diagnose(own(more)), 'may find the sessions of a user')
        expect(check).toMatchObject({ status: 'fault', detail: 'the table has no index user_id-index' })
        expect(check.remedy).not.toContain('table create')
        await mend('may find the sessions of a user', more)
        if (addsIndexes) expect(of(await diagnose(own(more)), 'may find the sessions of a user').status).toBe('ok')
      }))

    test('those who may not describe the table are told of another key, and no creation that must fail', async () => {
      proxy.fault = ({ operation }) => (operation.startsWith('Describe') ? DENIED : undefined)
      const checks = await diagnose(own({ tableKey: 'id' }))
      for (const name of ['may read sessions', 'may write sessions', 'may destroy sessions']) {
        const { status, detail, remedy } = of(checks, name)
        expect({ name, status }).toEqual({ name, status: 'fault' })
        expect(detail).toContain('has another key than the options say')
        expect(remedy).toContain('set `tableKey`')
        expect(remedy).not.toContain('table create')
      }
    })
  },
  { userIdKey: 'userId' },
  'tables',
)
