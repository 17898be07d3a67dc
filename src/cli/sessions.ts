import type { ArgsDef } from 'citty'
import { text as readAll } from 'node:stream/consumers'
import { DynamoSessionError, InvalidIDError } from '../core/base/errors.ts'
import { isId } from '../core/base/id.ts'
import { openSessions } from '../core/sessions/open.ts'
import type { SessionOptions } from '../core/options/options.ts'
import type { Sessions } from '../core/sessions/sessions.ts'
import { UsageError } from './errors.ts'
import type { Flags } from './flags.ts'

/** The arguments by which `show` and `revoke` name a session. */
export const SESSION_ARGS: ArgsDef = {
  key: { type: 'positional', required: false, description: 'The session’s key, as the table holds it' },
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
export function notFound({ shown }: Named, tableName: string): DynamoSessionError {
  return new DynamoSessionError('NOT_FOUND', `There is no ${shown} in the table ${tableName}`)
}

/** The one session that the flags name. Items of others in the table cannot be named. */
export async function named(flags: Flags, sessions: Sessions): Promise<Named> {
  const { key, id } = flags
  if (typeof id === 'string') {
    if (key !== undefined) throw new UsageError('Name the session by its key or by --id, not by both')
    const given = id === '-' ? (await readAll(process.stdin)).trim() : id
    if (!isId(given)) throw new InvalidIDError()
    return { key: sessions.keyOf(given), shown: 'session of this id' }
  }
  if (typeof key !== 'string') throw new UsageError('Which session? Name it by its key, or by --id')
  return { key: sessions.requireKey(key), shown: `session ${key}` }
}
