import { createSessionStore } from '../../core/sessions/store.ts'
import type { SessionRecord } from '../../core/sessions/store.ts'
import { command } from '../command.ts'
import type { Command } from '../command.ts'
import { UsageError } from '../errors.ts'
import { raising } from '../sessions.ts'
import { formatTime, plain } from '../terminal.ts'

/** `list --user` */
export const list: Command = command(
  {
    shown: ['userIdKey', 'keyPrefix'],
    args: { user: { type: 'string', valueHint: 'id', description: 'The user’s id' } },
  },
  async ({ options, flags, terminal }) => {
    if (typeof flags.user !== 'string') throw new UsageError('The flag --user is missing: whose sessions?')
    const rows: Record<string, string | undefined>[] = []
    let count = 0
    for await (const session of createSessionStore<unknown>(raising(options)).listByUser(flags.user)) {
      if (terminal.json) rows.push(toRow(session))
      else {
        // As they come: one user may have very many, and the first are of use at once.
        if (count === 0)
          terminal.line(terminal.paint('bold', ['updated', 'created', 'expires'].map((title) => title.padEnd(19)).join('  ') + '  key'))
        const { updatedAt, createdAt, expiresAt } = session
        terminal.line([...[updatedAt, createdAt, expiresAt].map((time) => formatTime(time).padEnd(19)), plain(session.key)].join('  '))
      }
      count++
    }
    if (count === 0) terminal.note('There are no sessions of this user; one that logged in within the last second may be missing')
    return { json: rows }
  },
)

function toRow({ key, createdAt, updatedAt, expiresAt }: Omit<SessionRecord<unknown>, 'id'>): Record<string, string | undefined> {
  return { key, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString(), expiresAt: expiresAt?.toISOString() }
}
