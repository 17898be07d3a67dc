import { resolveOptions } from '../../core/options/options.ts'
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
    const resolved = resolveOptions(options)
    const layout = layoutOf(terminal.columns, resolved)
    const rows: Record<string, unknown>[] = []
    let count = 0
    for await (const session of createSessionStore<unknown>(raising(options)).userSessions(flags.user)) {
      if (terminal.json) rows.push(toRow(session))
      else {
        // As they come: one user may have very many, and the first are of use at once.
        if (count === 0) terminal.line(terminal.paint('bold', headOf(layout)))
        terminal.line(lineOf(session, layout))
      }
      count++
    }
    if (count === 0) terminal.note('There are no sessions of this user; one that logged in within the last second may be missing')
    return { json: rows }
  },
)

interface Layout {
  readonly times: readonly (readonly [title: string, name: 'lastActiveAt' | 'createdAt' | 'expiresAt'])[]
  /** Characters of a key; what is missing stands as …, and `show` and `revoke` take it so. */
  readonly key: number
  readonly device: number
}

const TIMES: Layout['times'] = [
  ['updated', 'lastActiveAt'],
  ['expires', 'expiresAt'],
  ['created', 'createdAt'],
]
const IN_TABLE_ORDER = ['updated', 'created', 'expires']
/** Of a time, with the gap behind it; of a device, with the gap before it. */
const TIME = 21
const DEVICE = 22
/** Digits of a key that stay where it is cut. */
const DIGITS = 12

/** What fits: whole keys, else their beginnings, then with fewer times. Keys that are ids have no beginning that is of use. */
export function layoutOf(columns: number, { keyPrefix, hashIds }: { readonly keyPrefix: string; readonly hashIds: boolean }): Layout {
  const full = hashIds ? keyPrefix.length + 64 : Infinity
  const short = hashIds ? keyPrefix.length + DIGITS + 1 : Infinity
  const key = hashIds && columns < 3 * TIME + full + DEVICE ? short : full
  const least = hashIds ? 1 : TIMES.length
  let times = TIMES
  while (times.length > least && columns < times.length * TIME + key + DEVICE) times = times.slice(0, -1)
  const shown = IN_TABLE_ORDER.flatMap((title) => times.filter(([name]) => name === title))
  return { times: shown, key, device: hashIds ? Math.max(columns - shown.length * TIME - key - 2, 10) : Infinity }
}

function headOf({ times }: Layout): string {
  return [...times.map(([title]) => title.padEnd(19)), 'key'].join('  ')
}

export function lineOf(session: UserSession, { times, key: width, device: room }: Layout): string {
  const { key, device, authenticatedAt } = session
  const kept = [
    ...(device === undefined ? [] : [plain(String(device.label ?? JSON.stringify(device)))]),
    ...(authenticatedAt === undefined ? [] : [`authenticated ${formatTime(authenticatedAt)}`]),
  ].join(', ')
  const columns = [...times.map(([, name]) => formatTime(session[name]).padEnd(19)), cutEnd(plain(key), width)]
  return (kept === '' ? columns : [...columns, cutEnd(kept, room)]).join('  ')
}

function cutEnd(text: string, width: number): string {
  const characters = [...text]
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`
}

/** What the user's own page of devices shows; of what no log-in said there is nothing. `updatedAt` is its `lastActiveAt`. */
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
