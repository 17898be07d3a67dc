import type { ArgsDef } from 'citty'
import { text as readAll } from 'node:stream/consumers'
import { DynamoSessionError, InvalidIDError } from '../core/base/errors.ts'
import { isId } from '../core/base/id.ts'
import { openSessions } from '../core/sessions/open.ts'
import type { SessionOptions } from '../core/options/options.ts'
import type { Sessions } from '../core/sessions/sessions.ts'
import { UsageError } from './errors.ts'
import type { Flags } from './flags.ts'
import { beginningsOf, keyByBeginning } from './key-prefix.ts'
import type { Terminal } from './terminal.ts'

/** The arguments by which `show` and `revoke` name a session. */
export const SESSION_ARGS: ArgsDef = {
  key: { type: 'positional', required: false, description: 'The session’s key, or six of its digits or more' },
  id: { type: 'string', valueHint: 'id', description: 'The session’s id in place of its key; - reads it from the standard input' },
}

/** What a session was named by, and its key. */
export interface Named {
  readonly key: string
  /** How messages call it: by its key, or as the session of this id, which they never show. */
  readonly shown: string
}

/** The options for looking at sessions: whatever a request does about errors, a command raises them. */
export function raising(options: SessionOptions): SessionOptions {
  const { errorHandler: _none, ...rest } = options
  return { ...rest, raiseErrors: true }
}

/** Runs `work` with the sessions of the options, and closes their connections. */
export async function withSessions<Result>(options: SessionOptions, work: (sessions: Sessions) => Promise<Result>): Promise<Result> {
  const sessions = openSessions(raising(options))
  try {
    return await work(sessions)
  } finally {
    sessions.items.dynamo.dispose()
  }
}

/** Nothing is stored under the key: a mistyped one must not look like success. */
export function notFound({ shown }: Pick<Named, 'shown'>, tableName: string): DynamoSessionError {
  return new DynamoSessionError('NOT_FOUND', `There is no ${shown} in the table ${tableName}`)
}

/**
 * The one session that the flags name. Items of others in the table cannot be named.
 * @throws DynamoSessionError where no session, or more than one, has a key that begins as the given one does.
 */
export async function named(flags: Flags, sessions: Sessions, terminal: Pick<Terminal, 'note'>): Promise<Named> {
  const { key, id, user } = flags
  if (typeof id === 'string') {
    if (user !== undefined) throw new UsageError(BOTH)
    if (key !== undefined) throw new UsageError('Name the session by its key or by --id, not by both')
    const given = id === '-' ? (await readAll(process.stdin)).trim() : id
    if (!isId(given)) throw new InvalidIDError()
    return { key: sessions.keyOf(given), shown: 'session of this id' }
  }
  if (typeof key !== 'string') throw new UsageError('Which session? Name it by its key, or by --id')
  const { options } = sessions.items
  const beginnings = sessions.isKey(key) ? [] : beginningsOf(key, { ...options, hashIds: sessions.options.hashIds })
  if (beginnings.length > 0) return beginning(beginnings, sessions, user, terminal)
  if (user !== undefined) throw new UsageError(BOTH)
  return { key: sessions.requireKey(key), shown: `session ${key}` }
}

const BOTH = 'Name a session or a user with --user, not both; only the beginning of a key goes with --user'

async function beginning(
  beginnings: readonly string[],
  sessions: Sessions,
  user: Flags[string],
  terminal: Pick<Terminal, 'note'>,
): Promise<Named> {
  const { tableName } = sessions.items.options
  const whose = typeof user === 'string' ? user : undefined
  if (whose === undefined)
    terminal.note(`Reading all of the table ${tableName} for a key that begins so; --user ID asks for the keys of one user only`)
  const key = await keyByBeginning(sessions, beginnings, whose)
  if (key === undefined) throw notFound({ shown: `session with a key that begins with ${beginnings.join(' or ')}` }, tableName)
  return { key, shown: `session ${key}` }
}
