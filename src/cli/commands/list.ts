import { createSessionStore } from '../../core/sessions/store.ts'
import type { UserSession } from '../../core/sessions/user-sessions.ts'
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
    const rows: Record<string, unknown>[] = []
    let count = 0
    for await (const session of createSessionStore<unknown>(raising(options)).userSessions(flags.user)) {
      if (terminal.json) rows.push(toRow(session))
      else {
        // As they come: one user may have very many, and the first are of use at once.
        if (count === 0)
          terminal.line(terminal.paint('bold', ['updated', 'created', 'expires'].map((title) => title.padEnd(19)).join('  ') + '  key'))
        const { lastActiveAt, createdAt, expiresAt, key, device } = session
        const shown = device === undefined ? [] : [plain(String(device.label ?? JSON.stringify(device)))]
        terminal.line([...[lastActiveAt, createdAt, expiresAt].map((time) => formatTime(time).padEnd(19)), plain(key), ...shown].join('  '))
      }
      count++
    }
    if (count === 0) terminal.note('There are no sessions of this user; one that logged in within the last second may be missing')
    return { json: rows }
  },
)

/** What the user's own page of devices shows; of what no log-in said there is nothing. */
function toRow({ key, createdAt, lastActiveAt, expiresAt, authenticatedAt, device }: UserSession): Record<string, unknown> {
  return {
    key,
    createdAt: createdAt.toISOString(),
    updatedAt: lastActiveAt.toISOString(),
    expiresAt: expiresAt?.toISOString(),
    ...(authenticatedAt ? { authenticatedAt: authenticatedAt.toISOString() } : {}),
    ...(device ? { device } : {}),
  }
}
