import { deleteItemsOfUser, userOf } from '../../core/sessions/users.ts'
import { command } from '../command.ts'
import type { Command, Context, Outcome } from '../command.ts'
import { createTicker } from '../progress.ts'
import { SESSION_ARGS, named, notFound, withSessions } from '../sessions.ts'
import { formatCount } from '../terminal.ts'
import { resolveOptions } from '../../core/options/options.ts'

/** `revoke KEY`, `revoke BEGINNING --user ID`, `revoke --id ID`, `revoke --user ID` */
export const revoke: Command = command(
  {
    shown: ['userIdKey', 'keyPrefix', 'hashIds'],
    args: {
      ...SESSION_ARGS,
      user: { type: 'string', valueHint: 'id', description: 'All sessions of this user, or the one whose key begins as given' },
      yes: { type: 'boolean', alias: 'y', description: 'Do not ask' },
    },
  },
  async (context) => {
    const { key, id, user } = context.flags
    return typeof user !== 'string' || key !== undefined || id !== undefined ? revokeOne(context) : revokeUser(context, user)
  },
)

function revokeOne({ options, flags, terminal }: Context): Promise<Outcome> {
  return withSessions(options, async (sessions) => {
    const name = await named(flags, sessions, terminal)
    const { key, shown } = name
    const { tableName } = sessions.items.options
    await terminal.confirm({ what: `the ${shown} in the table ${tableName}`, name: tableName, yes: flags.yes === true })
    if ((await sessions.items.delete(key, { expression: 'attribute_exists(#key)' })) !== 'deleted') throw notFound(name, tableName)
    return { json: { key, revoked: true }, text: `Ended the ${shown}`, isOnce: true }
  })
}

async function revokeUser({ options, flags, terminal }: Context, user: string): Promise<Outcome> {
  const { tableName } = resolveOptions(options)
  await terminal.confirm({ what: `all sessions of a user in the table ${tableName}`, name: tableName, yes: flags.yes === true })
  const ticker = createTicker(terminal)
  const show = (ended: number): void => ticker.show(`ending the sessions of the user: ${formatCount(ended)} so far`)
  try {
    const revoked = await withSessions(options, (sessions) => {
      show(0)
      return deleteItemsOfUser(sessions, userOf(sessions, user), undefined, show)
    })
    return {
      json: { user, revoked },
      text: `Ended ${formatCount(revoked)} ${revoked === 1 ? 'session' : 'sessions'} of the user`,
      isOnce: true,
    }
  } finally {
    ticker.clear()
  }
}
