// A run that is watched, stopped and gone on with.
import { randomBytes } from 'node:crypto'
import { tracingChannel } from 'node:diagnostics_channel'
import { expect, test } from 'vitest'
import { fromResumeToken, toResumeToken } from '../../src/gc/resume-token.ts'
import type { Position } from '../../src/gc/resume-token.ts'
import { resolveOptions } from '../../src/core/options/options.ts'
import { collectGarbage } from '../../src/index.ts'
import { onEveryEngine } from '../support/engines.ts'
import { DAY, at, hex, old, useItems } from './items.ts'

onEveryEngine((table) => {
  const { options } = table
  const { hasPartiQL, fill, keys } = useItems(table)

  test('what a token says is left is judged by the options of the run that goes on', async () => {
    await fill(2, old)
    const item = { session_id: { S: hex(0) }, ...old() }
    const edited = toResumeToken(options.tableName, [{ from: 'done', left: [item] }])
    expect(await collectGarbage({ ...options, maxAge: 3 * DAY, resumeToken: edited })).toMatchObject({ scanned: 1, matched: 0, kept: 1 })
    expect(await collectGarbage({ ...options, keyPrefix: 'app:', maxAge: DAY, resumeToken: edited })).toMatchObject({ ignored: 1 })
    expect(await keys()).toHaveLength(2)
  })

  test('a token of 4096 segments fits into an argument', async () => {
    const { resumeToken = '' } = await collectGarbage({ ...options, maxAge: DAY, segments: 4096, signal: AbortSignal.abort() })
    expect(resumeToken.length).toBeLessThan(1000)
    // Each of 64 batches of deletes has records of 25 segments, as many as can be between scan and delete.
    const key = (): string => randomBytes(32).toString('hex')
    const item = (): Position['left'][number] => ({ session_id: { S: key() }, ...old(), expire_at: at(DAY) }) as Position['left'][number]
    const positions = Array.from({ length: 4096 }, (_, n): Position =>
      n < 1600
        ? { from: n % 2 ? { session_id: { S: key() } } : null, left: n % 10 ? [] : [item()] }
        : { from: n % 3 ? 'done' : null, left: [] },
    )
    const token = toResumeToken(options.tableName, positions)
    expect(token.length).toBeLessThan(100_000)
    expect(fromResumeToken(token, options.tableName, resolveOptions(options))).toEqual(positions)
  })

  test('an aborted signal does nothing but return where to begin', async () => {
    await fill(3, old)
    const { resumeToken, ...rest } = await collectGarbage({ ...options, maxAge: DAY, signal: AbortSignal.abort() })
    expect(rest).toMatchObject({ scanned: 0, deleted: 0 })
    expect(await collectGarbage({ ...options, maxAge: DAY, resumeToken: resumeToken as string })).toMatchObject({ deleted: 3 })
  })

  test('reports progress, and passes on what the callback throws', async () => {
    await fill(60, old)
    const seen: number[] = []
    const result = await collectGarbage({ ...options, maxAge: DAY, onProgress: ({ deleted }) => void seen.push(deleted) })
    expect(seen.at(-1)).toBe(result.deleted)
    const broken = collectGarbage({ ...options, maxAge: DAY, onProgress: () => JSON.parse('{') as void })
    await expect(broken).rejects.toBeInstanceOf(SyntaxError)
    await fill(60, old)
    const later = collectGarbage({ ...options, maxAge: DAY, onProgress: async () => JSON.parse('{') as void })
    await expect(later).rejects.toBeInstanceOf(SyntaxError)
  })

  test('is told of by the tracing channel of requests', async () => {
    await fill(30, old)
    const told: { action: string; units: number }[] = []
    const listen = (message: unknown): void => void told.push(message as { action: string; units: number })
    const channel = tracingChannel('dynamodb-sessions:request').asyncEnd
    channel.subscribe(listen)
    try {
      await collectGarbage({ ...options, maxAge: DAY })
    } finally {
      channel.unsubscribe(listen)
    }
    expect(await keys()).toEqual([])
    expect(told.find(({ action }) => action === 'dynamodb:Scan')?.units).toBeGreaterThan(0)
    if (hasPartiQL)
      expect(
        told.filter(({ action }) => action === 'dynamodb:BatchExecuteStatement').reduce((sum, { units }) => sum + units, 0),
      ).toBeGreaterThan(29)
  })
})
