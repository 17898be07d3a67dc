import type { Deadline } from '../base/deadline.ts'
import { connect } from '../dynamodb/connection.ts'
import type { Connection } from '../dynamodb/connection.ts'
import { createDynamo } from '../dynamodb/dynamo.ts'
import type { AttributeValue, Dynamo, Item, WriteAnswer } from '../dynamodb/dynamo.ts'
import { resend } from './resend.ts'
import { FREE, createNames } from './schema.ts'
import { shareReads } from './shared-reads.ts'
import { checkKey, checkSize } from './size.ts'
import { hasToken } from './state.ts'
import type { ResolvedOptions } from '../options/options.ts'
import { createQueue } from '../base/queue.ts'
import type { Queue } from '../base/queue.ts'
import { sharedSlot } from '../base/shared.ts'
import type { Slot } from '../base/shared.ts'
import { noteConflict } from '../base/tracing.ts'
import { isDoneWithin } from '../base/wait.ts'

/** What a driver carries, so that a store can work on it. */
export const driverSlot: Slot<Items> = sharedSlot('driver', { isHidden: true })

/** One conditional UpdateItem. Expressions name attributes as `#name`, the table's keys as `#key` and `#sort`. */
export interface Change {
  /** Attributes to set. */
  readonly set?: Item
  /** Further SET clauses, such as `#created_at = if_not_exists(#created_at, :now)`. */
  readonly setClauses?: readonly string[]
  readonly remove?: readonly string[]
  readonly condition: string
  /** Values of the condition and of the further clauses. */
  readonly values?: Item
  /** Recognizes, in the item that made the condition fail, that an earlier attempt of this very write had been done. */
  readonly isOurs?: (item: Item | undefined) => boolean
  /** Return the whole item as it is afterwards. */
  readonly returnNew?: boolean
  /** By `performance.now()`: when, at the latest, it is sent again while its outcome is unknown. */
  readonly until?: number
}

interface DeleteCondition {
  readonly expression: string
  readonly values?: Item
}

/** The items of one table: the only door to them. Keys are whole, with the prefix. */
export interface Items {
  readonly options: ResolvedOptions
  readonly dynamo: Dynamo
  /** Begins an operation: by when all of its requests must have ended, `least` milliseconds from now or, as a rule, 9.8 s. */
  begin(least?: number): Deadline
  /** The same items, for the requests of one operation. Without it, each call is an operation of its own. */
  within(deadline: Deadline): Items
  /** Reads that are asked for before the GetItem leaves share it, and its time. `onSend` runs when it has left, or failed to. */
  read(key: string, onSend?: () => void): Promise<Item | undefined>
  /** A consistent read of its own, whatever `consistentRead`. */
  latest(key: string): Promise<Item | undefined>
  /**
   * Puts a new item. `item.version` is the token of this write, `item.updated_at` the time. `done: false`: the key is taken.
   * `mayArriveLate`: an earlier attempt got no answer, or one of 5xx, and would create the item again if it still arrived after that had
   * been deleted.
   */
  create(key: string, item: Item, condition?: string): Promise<{ readonly done: boolean; readonly mayArriveLate: boolean }>
  /** `done: false` comes with the latest item, if there is one. */
  change(key: string, change: Change): Promise<WriteAnswer>
  /** Deletes an item, and returns it as it was, also where the condition kept it. */
  take(key: string, condition: DeleteCondition): Promise<{ readonly isDeleted: boolean; readonly item: Item | undefined }>
  /** `absent` where there was nothing to delete, `kept` where the condition kept it. */
  delete(key: string, condition?: DeleteCondition): Promise<'deleted' | 'absent' | 'kept'>
  /** Deletes an item that nobody knows of. For what the operation has no time nobody waits. Never throws. */
  discard(key: string): Promise<void>
  /** Runs writers of one key one after the other within this process; each may leave something for the next. */
  queue: Queue<string, unknown>['run']
  /** The item's primary key. */
  primaryKey(key: string): Item
  /** The names that expressions use. */
  names(...expressions: (string | undefined)[]): Record<string, string>
}

export function createItems(options: ResolvedOptions, connection: Connection = connect(options.tableName, options)): Items {
  const dynamo = createDynamo(connection)
  const names = createNames(options)
  const queue = createQueue<string, unknown>()
  const { consistentRead } = options
  const read = shareReads((key, onSend) => dynamo.get({ Key: primaryKey(key), ConsistentRead: consistentRead }, { hooks: { onSend } }))

  function primaryKey(key: string): Item {
    const primary: Item = { [options.tableKey]: { S: key } }
    if (options.sortKey !== undefined) primary[options.sortKey] = { S: options.sortKeyValue as string }
    return primary
  }

  function latestBy(key: string, deadline: Deadline | undefined): Promise<Item | undefined> {
    return dynamo.get({ Key: primaryKey(key), ConsistentRead: true }, { deadline })
  }

  function remove(key: string, condition: DeleteCondition | undefined, returnsOld: boolean, deadline: Deadline): Promise<WriteAnswer> {
    const input = {
      Key: primaryKey(checkKey(key)),
      ...(returnsOld ? { ReturnValues: 'ALL_OLD' as const } : {}),
      ...(condition
        ? {
            ConditionExpression: condition.expression,
            ExpressionAttributeNames: names(condition.expression),
            ...(condition.values ? { ExpressionAttributeValues: condition.values } : {}),
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
          }
        : {}),
    }
    return resend(() => dynamo.delete(input, { deadline }), deadline)
  }

  const within = (operation: Deadline | undefined): Items => ({
    options,
    dynamo,
    primaryKey,
    names,
    begin: dynamo.begin,
    within,
    latest: (key) => latestBy(key, operation),

    read: (key, onSend) => read(checkKey(key), onSend),

    async create(key, item, condition = FREE) {
      const Item = { ...primaryKey(checkKey(key)), ...item }
      checkSize(key, Item)
      const token = item.version?.S as string
      const input = {
        Item,
        ConditionExpression: condition,
        ExpressionAttributeNames: names(condition),
        ExpressionAttributeValues: { ':now': item.updated_at as AttributeValue },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
      }
      let unanswered = 0
      const deadline = operation ?? dynamo.begin()
      const how = { hooks: { onUnanswered: () => void unanswered++ }, deadline }
      const answer = await resend(() => dynamo.put(input, how), deadline)
      const done = answer.done || hasToken(answer.item ?? (await latestBy(key, deadline)), token)
      if (!done) noteConflict()
      // Where the item was there already, one of those attempts has been carried out.
      return { done, mayArriveLate: done && unanswered > (answer.done ? 0 : 1) }
    },

    async change(key, { set = {}, setClauses = [], remove = [], condition, values = {}, isOurs, returnNew, until }) {
      // The item has a time of creation as well, whose size is that of the other times.
      checkSize(key, { ...primaryKey(checkKey(key)), ...(set.updated_at ? { created_at: set.updated_at } : {}), ...set })
      const clauses = [...setClauses]
      const all: Item = { ...values }
      for (const [name, value] of Object.entries(set)) {
        clauses.push(`#${name} = :${name}`)
        all[`:${name}`] = value
      }
      const update =
        (clauses.length > 0 ? `SET ${clauses.join(', ')}` : '') +
        (remove.length > 0 ? ` REMOVE ${remove.map((name) => `#${name}`).join(', ')}` : '')
      const input = {
        Key: primaryKey(key),
        UpdateExpression: update,
        ConditionExpression: condition,
        ExpressionAttributeNames: names(update, condition),
        ...(Object.keys(all).length > 0 ? { ExpressionAttributeValues: all } : {}),
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
        ...(returnNew ? { ReturnValues: 'ALL_NEW' as const } : {}),
      }
      const deadline = operation ?? dynamo.begin()
      const answer = await resend(() => dynamo.update(input, { deadline }), deadline, until)
      const item = answer.done ? answer.item : (answer.item ?? (await latestBy(key, deadline)))
      const done = answer.done || (item !== undefined && isOurs?.(item) === true)
      if (!done) noteConflict()
      return { done, ...(item ? { item } : {}) }
    },

    async take(key, condition) {
      const deadline = operation ?? dynamo.begin()
      const answer = await remove(key, condition, true, deadline)
      return { isDeleted: answer.done, item: answer.done ? answer.item : (answer.item ?? (await latestBy(key, deadline))) }
    },

    async delete(key, condition) {
      const deadline = operation ?? dynamo.begin()
      const answer = await remove(key, condition, false, deadline)
      if (answer.done) return 'deleted'
      // The condition fails as well when an earlier attempt, whose answer was lost, has deleted the item.
      return (answer.item ?? (await latestBy(key, deadline))) ? 'kept' : 'absent'
    },

    async discard(key) {
      const discarded = within(dynamo.begin())
        .delete(key)
        .catch(() => {})
      await isDoneWithin(Math.max(0, (operation ?? dynamo.begin()).left()), discarded)
    },

    queue: queue.run,
  })
  return within(undefined)
}
