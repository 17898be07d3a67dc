// What the tables hold, for the page. Nobody can log in by what is shown: an id is never among it.
import { concealed } from '../../core/base/conceal.ts'
import type { AttributeValue, Item } from '../../core/dynamodb/model.ts'
import { formatTime } from '../terminal.ts'
import type { Engine } from './engine.ts'

export interface TableView {
  readonly name: string
  /** Of the items that were looked at. */
  readonly count: number
  /** Whether there are no more. */
  readonly isAll: boolean
  /** Of the table of sessions only. */
  readonly items?: readonly ItemView[]
}

export interface ItemView {
  readonly key: string
  readonly state: 'live' | 'locked' | 'expired' | 'moved' | 'without data'
  readonly user: string
  /** As text, since other programs write what they like. */
  readonly created: string
  readonly updated: string
  readonly expires: string
  /** As stored, or what it is where it is no text. */
  readonly data: string
}

/** Names the sessions' table, its hash key, and whether keys are ids. */
export interface Sessions {
  readonly tableName: string
  readonly tableKey: string
  readonly hashIds: boolean
}

/** Items of a table that are looked at. */
const MOST = 200
/** Characters of an item's data that are shown. */
const LONGEST = 4000

/** The table of sessions first, with its items, those that changed last first. */
export async function readTables(engine: Engine, sessions: Sessions): Promise<TableView[]> {
  const { TableNames } = await engine.send<{ TableNames: string[] }>('ListTables', {})
  const names = TableNames.toSorted((a, b) => Number(b === sessions.tableName) - Number(a === sessions.tableName))
  return Promise.all(
    names.map(async (name) => {
      // The engine's own count in DescribeTable is none.
      const { Items, LastEvaluatedKey } = await engine.send<{ Items: Item[]; LastEvaluatedKey?: Item }>('Scan', {
        TableName: name,
        Limit: MOST,
      })
      const [count, isAll] = [Items.length, LastEvaluatedKey === undefined]
      if (name !== sessions.tableName) return { name, count, isAll }
      const latest = Items.toSorted((a, b) => (secondsOf(b.updated_at) ?? 0) - (secondsOf(a.updated_at) ?? 0))
      return { name, count, isAll, items: latest.map((item) => viewOf(item, sessions)) }
    }),
  )
}

/** A key as it may be shown: one that may be the id itself is concealed, whatever the options say of the application. */
export function shownKey(key: string, hashIds: boolean): string {
  const isHash = hashIds && /(?:^|[^\p{L}\p{N}])[0-9a-f]{64}$/u.test(key)
  return isHash || (hashIds && !/[\w-]{16,}/.test(key)) ? key : concealed(key)
}

function viewOf(item: Item, { tableKey, hashIds }: Sessions): ItemView {
  return {
    key: shownKey(item[tableKey]?.S ?? '', hashIds),
    state: stateOf(item),
    user: item.user_id?.S ?? '',
    created: timeOf(item.created_at),
    updated: timeOf(item.updated_at),
    expires: item.expire_at ? timeOf(item.expire_at) : 'never',
    data: dataOf(item),
  }
}

function stateOf(item: Item): ItemView['state'] {
  const expires = secondsOf(item.expire_at)
  if (expires !== undefined && expires <= Date.now() / 1000) return 'expired'
  if (item.moved) return 'moved'
  if (!item.data) return 'without data'
  return item.lock_token ? 'locked' : 'live'
}

function dataOf({ data, encoding }: Item): string {
  if (data?.S !== undefined) return data.S.length > LONGEST ? `${data.S.slice(0, LONGEST)}… (${data.S.length} characters)` : data.S
  return data?.B === undefined ? '' : `${Buffer.from(data.B, 'base64').length} bytes${encoding?.S ? `, ${encoding.S}` : ''}`
}

/** The Ruby gem writes times as texts. */
function secondsOf(value: AttributeValue | undefined): number | undefined {
  const seconds = Number(value?.N ?? value?.S ?? Number.NaN)
  return Number.isNaN(seconds) ? undefined : seconds
}

function timeOf(value: AttributeValue | undefined): string {
  const time = new Date((secondsOf(value) ?? Number.NaN) * 1000)
  return Number.isNaN(time.getTime()) ? '' : formatTime(time)
}
