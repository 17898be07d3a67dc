import { TIMES } from './conditions.ts'
import type { Due, Verdict } from './due.ts'
import type { Dynamo, Item, Page } from '../core/dynamodb/dynamo.ts'
import { isRetryable, isThrottled } from '../core/base/errors.ts'
import { inParallel } from '../core/base/in-parallel.ts'
import { createPages } from './pages.ts'
import type { Position } from './resume-token.ts'
import type { ResolvedOptions } from '../core/options/options.ts'
import type { Pacer } from './pacer.ts'
import { createRetry } from './retry.ts'

/** Segments that are read at once; the SDK has 50 connections for these and the deletes. */
const PARALLEL = 16

interface OpenPage {
  readonly start: Position['from']
  /**
   * The record whose key the page starts from, where it is due. It is collected after the page: an engine (dynoxide) may
   * return nothing for a start that is gone, also to the run that resumes this one.
   */
  readonly held: Item | undefined
  outstanding: number
}

interface Segment {
  readonly index: number
  position: Position['from']
  held: Item | undefined
  /** Pages with records whose outcome is not known yet, and those after them, oldest first. */
  readonly open: Set<OpenPage>
  /** Records that were held back and may go now. */
  readonly ready: Item[]
  /** Those of them whose outcome is not known yet. */
  readonly released: Set<Item>
}

interface ScanOptions {
  readonly dynamo: Dynamo
  readonly options: ResolvedOptions
  readonly positions: readonly Position[]
  readonly pacer: Pacer
  readonly judge: (item: Item, at: number) => Verdict
  /** Seconds since the epoch, by which ages count. */
  readonly now: () => number
  readonly tally: { scanned: number; matched: number; kept: number; ignored: number; consumedReadUnits: number }
  readonly stop: AbortSignal
  readonly collect: (due: Due) => Promise<void>
  readonly progress: () => void
}

/** A scan in parallel segments, page by page; `positions` says at any time where another run may go on without loss. */
export interface Scan {
  run(): Promise<void>
  /** Collects what was held back; `false` when there was nothing. */
  collectRest(): Promise<boolean>
  positions(): Position[]
}

export function createScan({ dynamo, options, positions, pacer, judge, now, tally, stop, collect, progress }: ScanOptions): Scan {
  const keys = options.sortKey === undefined ? [options.tableKey] : [options.tableKey, options.sortKey]
  const isAt = (item: Item | undefined, position: Position['from']): boolean =>
    position !== null && position !== 'done' && keys.every((name) => item?.[name]?.S === position[name]?.S)
  const segments = positions.map(({ from, left }, index): Segment => {
    // As pages that are read again: they count once more, and must be due by the options of this run.
    const due = judgeAll(left)
    const ready = due.filter((item) => !isAt(item, from))
    const held = due.find((item) => isAt(item, from))
    return { index, position: from, held, open: new Set(), ready, released: new Set(ready) }
  })
  const pages = createPages(pacer.slice)
  const names = [...keys, ...TIMES]
  const input = {
    TotalSegments: segments.length,
    // Half the price, and a stale read does no harm: each delete is conditional.
    ConsistentRead: false,
    ReturnConsumedCapacity: 'TOTAL' as const,
    ProjectionExpression: names.map((_, index) => `#n${index}`).join(','),
    ExpressionAttributeNames: Object.fromEntries(names.map((name, index) => [`#n${index}`, name])),
  }

  /** Counts what was scanned; returns what is due. */
  function judgeAll(items: readonly Item[]): Item[] {
    const at = now()
    const due: Item[] = []
    for (const item of items) {
      const verdict = judge(item, at)
      if (verdict === 'due') due.push(item)
      else tally[verdict]++
    }
    tally.scanned += items.length
    tally.matched += due.length
    return due
  }

  async function readPage(segment: Segment): Promise<Page | undefined> {
    const retry = createRetry(stop)
    while (!stop.aborted) {
      let limit = 1
      const paid = await pacer.take(() => {
        limit = pages.limit()
        return pages.unitsOf(limit)
      })
      if (stop.aborted) return undefined
      try {
        const page = await dynamo.scan({
          ...input,
          Segment: segment.index,
          Limit: limit,
          ...(segment.position === null ? {} : { ExclusiveStartKey: segment.position as Item }),
        })
        const { units = pages.unitsOf(page.items.length) } = page
        paid(units)
        pages.learn(units, page.items.length, page.next !== undefined)
        tally.consumedReadUnits += units
        return page
      } catch (error) {
        // What was throttled costs nothing; whether the rest was read is not known.
        paid(isThrottled(error) ? 0 : undefined)
        if (!isRetryable(error) || !(await retry.again(error))) throw error
      }
    }
    return undefined
  }

  async function collectReady({ ready, released }: Segment): Promise<void> {
    while (ready.length > 0 && !stop.aborted) {
      const item = ready.shift() as Item
      await collect({ item, settled: () => void released.delete(item) })
    }
  }

  async function readSegment(segment: Segment): Promise<void> {
    while (segment.position !== 'done') {
      const read = await readPage(segment)
      if (!read) return
      const page: OpenPage = { start: segment.position, held: segment.held, outstanding: 1 }
      const settled = (): void => {
        page.outstanding--
        release(segment)
      }
      segment.open.add(page)
      segment.position = read.next ?? 'done'
      const due = judgeAll(read.items)
      segment.held = isAt(due.at(-1), segment.position) ? due.pop() : undefined
      page.outstanding += due.length
      progress()
      await collectReady(segment)
      for (const item of due) {
        if (stop.aborted) return
        await collect({ item, settled })
      }
      settled()
    }
  }

  return {
    run: () => inParallel(segments, readSegment, PARALLEL),
    async collectRest() {
      const waiting = segments.filter(({ ready }) => ready.length > 0)
      for (const segment of waiting) await collectReady(segment)
      return waiting.length > 0
    },
    positions: () =>
      segments.map(({ open, position, held, released }) => {
        const [oldest = { start: position, held }] = open
        return { from: oldest.start, left: [...released, ...(oldest.held ? [oldest.held] : [])] }
      }),
  }
}

/** In order, so that whatever is released lies before the page that a resumed run reads first. */
function release({ open, ready, released }: Segment): void {
  for (const page of open) {
    if (page.outstanding > 0) return
    open.delete(page)
    if (!page.held) continue
    ready.push(page.held)
    released.add(page.held)
  }
}
