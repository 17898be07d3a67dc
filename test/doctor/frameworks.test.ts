// The configuration of Nuxt and Nitro, which the doctor cannot read.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Check } from '../../src/doctor/check.ts'
import { checkFrameworks } from '../../src/doctor/frameworks.ts'
import { doctor } from '../../src/cli/commands/doctor.ts'
import { onEveryEngine } from '../support/engines.ts'

onEveryEngine(({ options }) => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'doctor-'))
    vi.spyOn(process, 'cwd').mockReturnValue(folder)
  })
  afterEach(() => {
    vi.restoreAllMocks()
    rmSync(folder, { recursive: true })
  })

  const look = async (flags: Record<string, string>): Promise<readonly Check[]> =>
    ((await doctor.run({ json: true, endpoint: options.endpoint, ...flags })).json as { checks: Check[] }).checks

  test.each(['nuxt.config.ts', 'nitro.config.mjs'])('%s is told of, with the way to give the same options', async (file) => {
    writeFileSync(join(folder, file), 'export default { dynamodbSessions: { tableName: "other" } }')
    const [untold] = checkFrameworks(folder, {})
    expect(untold).toMatchObject({ name: 'framework', status: 'warning', detail: expect.stringContaining(`${file} is not read`) })
    expect(untold?.remedy).toContain('`dynamodb-sessions doctor --table-name sessions --user-id-key userId`')
    expect(untold?.remedy).toContain('AWS_DYNAMO_DB_SESSION_TABLE_NAME')
  })

  test('flags take its place', async () => {
    writeFileSync(join(folder, 'nuxt.config.ts'), '')
    const checks = await look({ tableName: options.tableName, userIdKey: 'userId' })
    expect(checks[0]).toMatchObject({ status: 'ok', detail: expect.stringMatching(/is not read, .*--table-name, .*--user-id-key/) })
    expect(checks.find(({ name }) => name === 'table')?.detail).toContain(options.tableName)
    expect(checks.find(({ name }) => name === 'index of users')?.status).not.toBe('skipped')
  })

  test('without one nothing is said', async () => {
    expect((await look({ tableName: options.tableName })).map(({ name }) => name)).not.toContain('framework')
  })
})
