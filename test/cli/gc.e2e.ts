import { BatchWriteItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, it } from 'vitest'
import { noTerminal, useCommand } from '../support/command.ts'
import { isBasic, onEveryEngine } from '../support/engines.ts'
import type { TestTable } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'

const { run } = useCommand()
const withoutTerminal = noTerminal()
if (withoutTerminal) console.log(`tests on a pseudo-terminal are skipped: ${withoutTerminal}`)

onEveryEngine(
  (table) => {
    /** Dynalite tells of TTL, but cannot switch it on. */
    const hasTtl = !isBasic(table.engine)

    describe('gc', () => {
      const proxy = useProxy(table.engine)
      const through = (...args: string[]): string[] => [
        'gc',
        '--max-age',
        '3600',
        '--table-name',
        table.options.tableName,
        '--endpoint',
        proxy.endpoint,
        ...args,
      ]

      it('stops at Ctrl-C with a token, with which another run deletes the rest', async () => {
        // Dynalite knows single DeleteItems only.
        const total = hasTtl ? 3000 : 600
        await seed(table, total)
        expect(await run(through())).toMatchObject({
          code: 2,
          stdout: '',
          stderr: expect.stringMatching(/the sessions that are due in .* --yes/) as string,
        })
        const counted = await run(through('--dry-run', '--json'))
        expect(counted).toMatchObject({ code: 0, json: { matched: total, deleted: 0 }, stderr: '' })
        proxy.fault = ({ operation }) => (isDelete(operation) ? 100 : undefined)
        let isStopped = false
        const stopped = await run(through('--yes', '--concurrency', '2'), {
          watch(output, child) {
            if (isStopped || !/after \d s: [\d,]+ scanned, [1-9]\d* deleted/.test(output)) return
            isStopped = true
            child.kill('SIGINT')
          },
        })
        expect(stopped.code).toBe(130)
        expect(stopped.stderr).toContain('\nStopping: ')
        const deleted = Number(/deleted +([\d,]+)/.exec(stopped.stdout)?.[1]?.replaceAll(',', ''))
        expect(deleted).toBeGreaterThan(0)
        expect(deleted).toBeLessThan(total)
        expect(await due(table)).toBe(total - deleted)
        const [, token = ''] = /--resume-token (\S+)\n/.exec(stopped.stdout) ?? []
        proxy.reset()
        const resumed = await run(through('--yes', '--json', '--resume-token', token))
        expect(resumed).toMatchObject({ code: 0, json: { deleted: total - deleted, failed: 0 } })
        expect(resumed.json?.resumeToken).toBeUndefined()
        expect(await due(table)).toBe(0)
      }, 60_000)

      it('ends at the second Ctrl-C, whatever is under way', async () => {
        await seed(table, 5)
        proxy.fault = ({ operation }) => (isDelete(operation) ? 90_000 : undefined)
        let signals = 0
        const startedAt = performance.now()
        const killed = await run(through('--yes', '--request-timeout', '100000'), {
          watch(output, child) {
            if (signals === 1 && output.includes('Stopping: ')) signals = 2 * Number(child.kill('SIGINT'))
          },
          started(child) {
            proxy.fault = ({ operation }) => {
              if (!isDelete(operation)) return undefined
              if (signals === 0) signals = Number(child.kill('SIGINT'))
              return 90_000
            }
          },
        })
        expect({ code: killed.code, stdout: killed.stdout, signals }).toEqual({ code: 130, stdout: '', signals: 2 })
        expect(performance.now() - startedAt, 'milliseconds, of which requests would have taken 90,000').toBeLessThan(60_000)
      })

      describe.skipIf(withoutTerminal)('on a terminal', () => {
        it('draws a bar, and colours unless NO_COLOR', async () => {
          await seed(table, 60)
          proxy.fault = ({ operation }) => (isDelete(operation) ? 100 : undefined)
          // As AWS would count; an engine's own number may be old.
          proxy.rewrite = ({ operation }, answer) => (operation === 'DescribeTable' ? withItemCount(answer, 60) : answer)
          const [first, plain] = await Promise.all([
            run(through('--yes', '--concurrency', '1'), { terminal: true }),
            run(['config'], { terminal: true, env: { NO_COLOR: '1' } }),
          ])
          expect(first).toMatchObject({ code: 0, stderr: '' })
          expect(first.stdout).toMatch(/\[[#-]{24}\] +\d+ % {2}[\d,]+ scanned, [1-9]\d* deleted/)
          expect(first.stdout).toContain('\u001B[1mdeleted\u001B[22m')
          expect(plain.code).toBe(0)
          expect(plain.stdout).not.toContain('\u001B')
        })
      })
    })
  },
  { userIdKey: 'userId' },
)

function withItemCount(answer: unknown, ItemCount: number): unknown {
  const { Table } = answer as { Table: object }
  return { Table: { ...Table, ItemCount } }
}

function isDelete(operation: string): boolean {
  return operation === 'BatchExecuteStatement' || operation === 'DeleteItem'
}

/** Sessions that were created long ago, and live on. */
async function seed({ client, options }: TestTable, count: number): Promise<void> {
  const old = String(Date.now() / 1000 - 7200)
  const times = { created_at: { N: old }, updated_at: { N: old }, expire_at: { N: '9999999999' } }
  const key = (index: number): string => index.toString(16).padStart(64, '0')
  for (let from = 0; from < count; from += 250) {
    const batches = Array.from({ length: Math.min(10, Math.ceil((count - from) / 25)) }, (_, batch) => from + batch * 25)
    await Promise.all(
      batches.map((first) => {
        const indexes = Array.from({ length: Math.min(25, count - first) }, (_, index) => first + index)
        const writes = indexes.map((index) => ({ PutRequest: { Item: { session_id: { S: key(index) }, data: { S: '{}' }, ...times } } }))
        return client.send(new BatchWriteItemCommand({ RequestItems: { [options.tableName]: writes } }))
      }),
    )
  }
}

/** How many of them are left. */
async function due({ client, options }: TestTable): Promise<number> {
  const { Items = [] } = await client.send(
    new ScanCommand({ TableName: options.tableName, ProjectionExpression: 'session_id', ConsistentRead: true }),
  )
  return Items.filter(({ session_id }) => session_id?.S?.startsWith('0000')).length
}
