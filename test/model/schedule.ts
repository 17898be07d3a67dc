// One schedule: what can happen next, and what happens then to the table, the clock and the requests that are under way.
import { createHash } from 'node:crypto'
import type { InputOf, Item } from '../../src/core/dynamodb/model.ts'
import { TransportError } from '../../src/core/dynamodb/transport-error.ts'
import { createTable } from '../../src/testing/table.ts'
import type { Result } from '../../src/testing/table.ts'
import { SCHEMA, over, settled, START, world } from './world.ts'
import type { Pending } from './world.ts'

/** What may befall a request of DynamoDB, once in a schedule. */
export type Fault =
  /** It is carried out, and no answer comes. */
  | 'lost'
  /** It is not carried out, and no answer comes. */
  | 'unsent'
  /** No answer comes, and it is carried out at any later time. */
  | 'late'

/** What is done in one schedule: requests of browsers, whose code is running. */
export interface Play {
  /** Begin what is under way from the start, each on a host of its own. */
  readonly starts: readonly (() => void)[]
  /** What can happen beside requests of DynamoDB: an answer, on which more is done, reaches a browser. */
  choices(): Choice[]
  /** All that decides what happens next and what is right in the end, but for what requests were told. */
  key(): string
  /** Looks at what a step did; returns what is wrong by now. */
  look(): readonly string[]
  /** Looks at all that the end of the schedule may be for the browsers, and goes on from there, one request after the other. */
  end(): Promise<readonly string[]>
}

export interface Choice {
  readonly label: string
  /** What it touches, where it may as well come before or after what touches something else. */
  readonly on?: Touched
  run(): void
}

export interface Touched {
  readonly host: string
  /** `undefined`: all keys. */
  readonly key: string | undefined
  readonly isWrite: boolean
}

export interface Setting {
  readonly items: ReadonlyMap<string, Item>
  /** Begins. Each run of it must be the same. */
  begin(): Play
  readonly faults?: readonly Fault[]
  /** Seconds by which the clock goes on once, at any time. */
  readonly jump?: number | undefined
  /** Whether somebody asks the index. */
  readonly hasQueries?: boolean
  readonly isIndexLagging?: boolean
  readonly isIndexEmpty?: boolean
  readonly skew?: Readonly<Record<string, number>>
  /** Seconds after what is in the table was made. */
  readonly later?: number
}

/** One order of what happens, step by step. */
export interface Run {
  readonly play: Play
  readonly steps: string[]
  choices(): Choice[]
  key(): string
}

export async function start({
  items,
  begin,
  faults = [],
  jump,
  isIndexLagging = false,
  isIndexEmpty = false,
  hasQueries = false,
  skew = {},
  later = 0,
}: Setting): Promise<Run> {
  Object.assign(world, { table: createTable(SCHEMA, items, isIndexLagging), clock: START + 1 + later, skew, pending: [], isOver: false })
  if (isIndexEmpty) world.table.index.clear()
  world.drawn.clear()
  const play = begin()
  for (const go of play.starts) {
    go()
    await settled()
  }
  const told = new Map<string, unknown[]>()
  const digests = new Map<string, { text: string; count: number }>()
  const ghosts: Pending[] = []
  let faultsLeft = faults.length > 0 ? 1 : 0
  let jumpsLeft = jump === undefined ? 0 : 1

  const tell = (request: Pending, what: unknown): void => {
    world.host = request.host
    const { host } = request
    if (!told.has(host)) told.set(host, [])
    told.get(host)?.push([request.label, world.clock, what])
  }
  /** In short, and only where it is asked for: most steps repeat those of an earlier schedule. */
  const history = (host: string): string => {
    const all = told.get(host) ?? []
    const { text, count } = digests.get(host) ?? { text: '', count: 0 }
    const more = all.length === count ? text : digest(text + JSON.stringify(all.slice(count)))
    digests.set(host, { text: more, count: all.length })
    return host + more
  }
  const take = (request: Pending): void => void world.pending.splice(world.pending.indexOf(request), 1)

  function choicesOf(request: Pending): Choice[] {
    const { label, pause, operation } = request
    if (pause !== undefined || operation === undefined) return [{ label, run: () => endPause(request) }]
    const all: Choice[] = [{ label, on: touchedBy(request), run: () => carryOut(request) }]
    if (faultsLeft === 0 || isRead(operation)) return all
    for (const fault of faults) {
      all.push({
        label: `${label}, ${fault}`,
        run() {
          faultsLeft--
          if (fault === 'lost') world.table.run(operation, request.input as object)
          if (fault === 'late') ghosts.push(request)
          tell(request, fault)
          // The transport tries again.
          request.attempts++
          request.hooks?.onUnanswered?.()
        },
      })
    }
    return all
  }

  function endPause(request: Pending): void {
    take(request)
    world.clock += (request.pause as number) / 1000
    if ((request.pause as number) >= 1000) world.table.catchUp()
    tell(request, 'paused')
    request.answer(undefined)
  }

  function carryOut(request: Pending): void {
    take(request)
    const result = world.table.run(request.operation as never, request.input as object)
    tell(request, result)
    answer(request, result)
  }

  const ghostChoice = (request: Pending, index: number): Choice => ({
    label: `${request.label}, by the late attempt`,
    run() {
      ghosts.splice(index, 1)
      world.table.run(request.operation as never, request.input as object)
    },
  })

  return {
    play,
    steps: [],
    choices: () => {
      // A new record is nobody's business before its maker says where it is, so that it need not wait for others.
      const put = faultsLeft + jumpsLeft === 0 && !hasQueries && world.pending.find(isNew)
      if (put) return choicesOf(put)
      return [
        ...world.pending.flatMap(choicesOf),
        ...play.choices(),
        ...ghosts.map(ghostChoice),
        ...(jumpsLeft > 0 ? [{ label: `${jump} s pass`, run: () => void (jumpsLeft--, (world.clock += jump as number)) }] : []),
        ...(world.table.isLagging && world.pending.some(({ operation }) => operation === 'Query') && world.table.isBehind()
          ? [{ label: 'the index catches up', run: () => world.table.catchUp() }]
          : []),
      ]
    },
    key: () =>
      [
        JSON.stringify([...world.table.items].toSorted(([a], [b]) => (a < b ? -1 : 1))),
        ...[...told.keys()].map(history).toSorted(),
        ...(world.table.isLagging ? [JSON.stringify([...world.table.index].toSorted())] : []),
        ...world.pending.map(({ label, attempts }) => `${label} ${attempts}`).toSorted(),
        ...ghosts.map(({ label }) => label),
        `${faultsLeft} ${jumpsLeft} ${world.clock}`,
        play.key(),
      ].join('\n'),
  }
}

/** Whatever is under way ends with an error. */
export async function finish(): Promise<void> {
  world.isOver = true
  for (const request of world.pending.splice(0)) request.fail(over())
  await settled()
}

/** Runs work while nothing else does, with every request carried out at once. */
export async function alone<Value>(host: string, work: () => Promise<Value>): Promise<Value> {
  let isDone = false
  world.host = host
  const result = work().finally(() => (isDone = true))
  result.catch(() => {})
  for (;;) {
    await settled()
    const [request] = world.pending.splice(0, 1)
    if (!request) {
      if (isDone) return result
      throw new Error('nothing is under way, and it has not ended')
    }
    world.host = request.host
    if (request.pause !== undefined) {
      world.clock += request.pause / 1000
      world.table.catchUp()
      request.answer(undefined)
    } else answer(request, world.table.run(request.operation as never, request.input as object))
  }
}

function answer(request: Pending, result: Result): void {
  if ('output' in result) return request.answer(result.output)
  request.fail(
    new TransportError('conditionFailed', 'ConditionalCheckFailedException', 'The conditional request failed', { item: result.failed }),
  )
}

function isNew({ operation, input }: Pending): boolean {
  const item = operation === 'PutItem' ? (input as InputOf<'PutItem'>).Item : undefined
  return item !== undefined && !world.table.items.has(item.session_id?.S as string)
}

function touchedBy({ host, operation, input }: Pending): Touched {
  const { Key, Item } = input as { readonly Key?: Item; readonly Item?: Item }
  return { host, key: (Key ?? Item)?.session_id?.S, isWrite: !isRead(operation as string) }
}

function isRead(operation: string): boolean {
  return operation === 'GetItem' || operation === 'Query' || operation === 'BatchGetItem'
}

function digest(text: string): string {
  return createHash('sha1').update(text).digest('base64')
}
