import { SessionDataError } from '../../core/base/errors.ts'
import { isPlainObject } from '../../core/base/is-plain-object.ts'
import type { Item } from '../../core/dynamodb/dynamo.ts'
import { createCodec } from '../../core/items/codec.ts'
import { sizeOf } from '../../core/items/size.ts'
import { isLive, stateOf, timeOf } from '../../core/items/state.ts'
import type { Sessions } from '../../core/sessions/sessions.ts'
import { now, toDate } from '../../core/base/time.ts'
import { command } from '../command.ts'
import type { Command } from '../command.ts'
import { SESSION_ARGS, named, notFound, withSessions } from '../sessions.ts'
import { formatRows } from '../layout.ts'
import { formatTime, plain } from '../terminal.ts'

/** `show KEY`, `show BEGINNING --user ID`, `show --id ID` */
export const show: Command = command(
  {
    shown: ['userIdKey', 'keyPrefix', 'hashIds', 'encryptionKey'],
    args: {
      ...SESSION_ARGS,
      user: { type: 'string', valueHint: 'id', description: 'Whose session it is, where only the beginning of its key is given' },
      data: { type: 'boolean', description: 'Show the data itself, which may be personal or secret' },
    },
  },
  ({ options, flags, terminal }) =>
    withSessions(options, async (sessions) => {
      const name = await named(flags, sessions, terminal)
      const { key } = name
      const item = await sessions.items.latest(key)
      if (!item) throw notFound(name, sessions.items.dynamo.table)
      const found = await describe(key, item, sessions)
      const { data, ...without } = found
      const rows = [
        ['key', plain(key)],
        ['state', found.state],
        ['created', formatTime(found.createdAt, 'unknown')],
        ['updated', formatTime(found.updatedAt, 'unknown')],
        ['expires', formatTime(found.expiresAt)],
        ['user', found.user === undefined ? 'none' : plain(found.user)],
        ['size', `${found.sizeInBytes} bytes${found.encoding === undefined ? '' : ` (${plain(found.encoding)})`}`],
        ['lock', found.lockedUntil ? `until ${formatTime(found.lockedUntil)}` : 'none'],
        ['data', found.problem ?? found.dataKeys?.map(plain).join(', ') ?? found.dataType ?? 'none'],
      ].map(([name = '', value = '']) => [terminal.paint('bold', name), value])
      const lines = [
        formatRows(rows, terminal.columns),
        ...(flags.data === true && data !== undefined ? ['', JSON.stringify(data, null, 2)] : []),
      ]
      return { json: flags.data === true ? found : without, text: lines.join('\n') }
    }),
)

interface Description {
  readonly key: string
  readonly state: 'live' | 'expired' | 'moved' | 'without data' | 'unreadable'
  readonly createdAt: Date | undefined
  readonly updatedAt: Date | undefined
  readonly expiresAt: Date | undefined
  readonly user: string | undefined
  readonly sizeInBytes: number
  readonly encoding: string | undefined
  readonly lockedUntil: Date | undefined
  /** The names of the data's own keys, where it is an object. */
  readonly dataKeys?: readonly string[]
  /** What the data is where it is no object. */
  readonly dataType?: string
  readonly data?: unknown
  /** Why the record cannot be read. */
  readonly problem?: string
}

async function describe(key: string, item: Item, sessions: Sessions): Promise<Description> {
  const { keyPrefix } = sessions.items.options
  const read = await readable(async () => contentOf(key, item, sessions))
  const live = await readable(async () => {
    if (item.data) stateOf(key, item)
    return isLive(key, item, now())
  })
  const time = (name: string): Date | undefined => {
    try {
      const seconds = timeOf(key, item, name)
      return seconds === undefined ? undefined : toDate(seconds)
    } catch {
      return undefined // `problem` says so
    }
  }
  const problem = live.problem ?? (item.data ? read.problem : undefined)
  const expiresAt = time('expire_at')
  const lockedUntil = time('lock_expires_at')
  return {
    key,
    state: problem !== undefined ? 'unreadable' : item.moved ? 'moved' : !item.data ? 'without data' : live.value ? 'live' : 'expired',
    createdAt: time('created_at'),
    updatedAt: time('updated_at'),
    expiresAt,
    user: item.user_id?.S?.slice(keyPrefix.length),
    sizeInBytes: sizeOf(item),
    encoding: item.encoding?.S,
    lockedUntil,
    ...read.value,
    ...(problem === undefined ? {} : { problem }),
  }
}

async function contentOf(key: string, item: Item, sessions: Sessions): Promise<Pick<Description, 'data' | 'dataKeys' | 'dataType'>> {
  if (!item.data) return {}
  const content = await createCodec(sessions.options).unpack(key, item)
  if (typeof content !== 'string') return { dataType: `${content.length} bytes`, data: content.toString('base64') }
  const data = sessions.serialization.parse(key, content)
  if (isPlainObject(data)) return { dataKeys: Object.keys(data), data }
  return { dataType: data === null ? 'null' : Array.isArray(data) ? 'a list' : typeof data, data }
}

async function readable<Value>(read: () => Promise<Value>): Promise<{ value?: Value; problem?: string }> {
  try {
    return { value: await read() }
  } catch (error) {
    if (!(error instanceof SessionDataError)) throw error
    return { problem: error.message.replace(`The item ${error.key} `, '') }
  }
}
