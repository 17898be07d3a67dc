// A long run whose reader goes away, as `| head` and a terminal that closes do: the work is done, and its result is not lost.
import { BatchWriteItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { useCommand } from '../support/command.ts'
import { onEveryEngine } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'

const { run } = useCommand()

onEveryEngine(({ engine, options, client }) => {
  const proxy = useProxy(engine)
  // The proxy's address is known once a test runs.
  const args = (maxAge = '3600'): string[] => {
    const where = ['--table-name', options.tableName, '--endpoint', proxy.endpoint]
    return ['gc', '--max-age', maxAge, ...where, '--yes', '--concurrency', '2']
  }
  const count = async (): Promise<number | undefined> =>
    (await client.send(new ScanCommand({ TableName: options.tableName, Select: 'COUNT' }))).Count
  async function seed(total: number): Promise<void> {
    for (let from = 0; from < total; from += 25) {
      const times = { created_at: { N: '1600000000' }, updated_at: { N: '1600000000' }, data: { S: '{}' } }
      const requests = Array.from({ length: 25 }, (_, n) => ({
        PutRequest: { Item: { session_id: { S: String(from + n).padStart(64, '0') }, ...times } },
      }))
      await client.send(new BatchWriteItemCommand({ RequestItems: { [options.tableName]: requests } }))
    }
  }
  const slow = (): void =>
    void (proxy.fault = ({ operation }) => (/Delete|BatchExecute/.test(operation) ? (engine.name === 'dynalite' ? 60 : 400) : undefined))

  describe('a reader that goes away', () => {
    it('from the errors, where the progress is shown, ends no run', async () => {
      await seed(500)
      slow()
      const ran = await run(args(), { started: (child) => void child.stderr.destroy() })
      expect(ran.code).toBe(0)
      expect(ran.stdout).toMatch(/deleted +500/)
      expect(await count()).toBe(0)
    })

    it('from the result leaves it beside the errors, with the token of a run that was stopped', async () => {
      await seed(500)
      slow()
      let isStopped = false
      const watch = (output: string, child: ChildProcessWithoutNullStreams): void => {
        if (isStopped || !/after \d s: [\d,]+ scanned, [1-9]\d* deleted/.test(output)) return
        isStopped = true
        child.kill('SIGINT')
      }
      const stopped = await run(args(), { started: (child) => void child.stdout.destroy(), watch })
      expect(stopped.code).toBe(130)
      const [, token = ''] = /--resume-token (\S+)/.exec(stopped.stderr) ?? []
      expect(await run([...args(), '--resume-token', token])).toMatchObject({ code: 0 })
      expect(await count()).toBe(0)
    })
  })

  it('refuses what would delete nearly everything, unless it is meant', async () => {
    const less = args('59')
    await seed(25)
    expect(await run(less)).toMatchObject({ code: 2, stderr: expect.stringMatching(/`maxAge` \(from --max-age\) is 59 seconds.*--force/) })
    expect(await run(less, { env: { AWS_DYNAMO_DB_SESSION_MAX_STALE: '1' } })).toMatchObject({ code: 2 })
    expect(await count()).toBe(25)
    expect(await run([...less, '--dry-run'])).toMatchObject({ code: 0 })
    expect(await run([...less, '--force'])).toMatchObject({ code: 0 })
    expect(await count()).toBe(0)
  })
})
