// A table that the doctor looks at, through a proxy.
import { CreateTableCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import type { AttributeDefinition, CreateTableCommandInput, GlobalSecondaryIndex } from '@aws-sdk/client-dynamodb'
import { expect } from 'vitest'
import type { Check } from '../../src/doctor/check.ts'
import { diagnose } from '../../src/doctor/doctor.ts'
import type { DoctorOptions } from '../../src/doctor/doctor.ts'
import { deleteSessionTable } from '../../src/index.ts'
import { runAws } from '../support/aws-cli.ts'
import { useProxy } from '../support/proxy.ts'
import { isBasic } from '../support/engines.ts'
import type { TestTable } from '../support/engines.ts'
import type { Proxy } from '../support/proxy.ts'

export const SECRET = 'Nz1rNmJ4Y3l2dW5qd2ttb3FhZWhsZnB0'
export const KEY = { session_id: { S: 'x' } }
export const DENIED = {
  status: 400,
  body: { __type: 'com.amazonaws.dynamodb.v20120810#AccessDeniedException', message: 'not authorized' },
} as const

export const UNKNOWN = { status: 400, body: { __type: 'com.amazonaws.dynamodb.v20120810#UnknownOperationException' } } as const

export const UNITS = { ReadCapacityUnits: 2, WriteCapacityUnits: 3 }
/** The index of users, as it should be. */
export const INDEX: GlobalSecondaryIndex = {
  IndexName: 'user_id-index',
  KeySchema: [{ AttributeName: 'user_id', KeyType: 'HASH' }],
  Projection: { ProjectionType: 'KEYS_ONLY' },
}
export const ATTRIBUTES: AttributeDefinition[] = ['session_id', 'user_id'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' }))

/** The checks that send requests, but for those of permissions. */
export const REMOTE: readonly string[] = [
  'credentials',
  'transport',
  'connection',
  'clock',
  'table',
  'keys',
  'time to live',
  'index of users',
  'billing',
]

export interface Patient extends TestTable {
  readonly proxy: Proxy
  own(more?: DoctorOptions): DoctorOptions
  readonly hasTtl: boolean
  /** The findings that no table on this engine is without. */
  readonly unavoidable: readonly string[]
  /** All that the table holds. */
  everything(): Promise<unknown>
  /** Runs what the check's remedy says. */
  mend(name: string, more: DoctorOptions): Promise<void>
  /** Runs `work` on a table made as the request says, and deletes it. */
  withTable(request: Partial<CreateTableCommandInput>, work: (tableName: string) => Promise<void>): Promise<void>
}

let tables = 0

export function usePatient(table: TestTable): Patient {
  const { engine, options, client } = table
  const proxy = useProxy(engine)
  const own = (more: DoctorOptions = {}): DoctorOptions => ({
    ...options,
    endpoint: proxy.endpoint,
    secretKey: SECRET,
    maxAttempts: 1,
    ...more,
  })
  const hasTtl = !isBasic(engine)
  /** Dynalite has no UpdateTimeToLive. */
  const unavoidable = hasTtl ? [] : ['time to live']
  const everything = async (): Promise<unknown> => (await client.send(new ScanCommand({ TableName: options.tableName }))).Items

  async function mend(name: string, more: DoctorOptions): Promise<void> {
    const { remedy = '' } = of(await diagnose(own(more)), name)
    const ran = await runAws(remedy, client)
    expect(ran.length, remedy).toBeGreaterThan(0)
    expect(ran.every(({ input, endpoint }) => input.TableName === more.tableName && endpoint === proxy.endpoint)).toBe(true)
  }

  async function withTable(request: Partial<CreateTableCommandInput>, work: (tableName: string) => Promise<void>): Promise<void> {
    const tableName = `${options.tableName}-${tables++}`
    await client.send(
      new CreateTableCommand({
        TableName: tableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'session_id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'session_id', KeyType: 'HASH' }],
        ...request,
      }),
    )
    try {
      await work(tableName)
    } finally {
      await deleteSessionTable({ ...options, tableName })
    }
  }

  return { ...table, proxy, own, hasTtl, unavoidable, everything, mend, withTable }
}

export function of(checks: readonly Check[], name: string): Check {
  const check = checks.find((candidate) => candidate.name === name)
  if (!check) throw new Error(`there is no check ${name} among ${checks.map((one) => one.name).join(', ')}`)
  return check
}

export function statuses(checks: readonly Check[], status: Check['status']): string[] {
  return checks.filter((check) => check.status === status).map(({ name }) => name)
}
