// What the buttons do to the session of h3 and of the web entry, which is the same.
import { setTimeout as sleep } from 'node:timers/promises'
import type { SessionStore } from '../../src/index.ts'
import type { DynamoSession } from '../../src/web.ts'
import { intentsWithout, rememberOf, secondsOf, textOf } from '../page.ts'
import type { Data, Intent, Loaded } from '../page.ts'
import { takeTime } from '../requests.ts'
import type { Race } from './race.ts'

export const INTENTS: readonly Intent[] = intentsWithout('extend')

export interface Tools {
  readonly store: SessionStore<Data>
  readonly race: Race
}

/** Each writing method has stored its change, and staged the cookie, when its promise resolves. */
export async function actOn(session: DynamoSession<Data>, intent: Intent, form: FormData, { store, race }: Tools): Promise<void> {
  const { id = '', data } = session
  await takeTime()
  switch (intent) {
    case 'log-in':
      data.user = textOf(form, 'name') || 'Somebody'
      // A new id after every log-in, stored with what was changed. `remember` is what its box says, if it has one.
      await session.regenerate({ authenticated: true, remember: rememberOf(form) })
      break
    case 'note': {
      const note = textOf(form, 'note')
      await (note ? session.update({ note }) : session.unset('note'))
      break
    }
    case 'count':
      // Runs again if another request wrote meanwhile.
      await session.update(({ count = 0 }) => ({ count: count + 1 }))
      break
    case 'count-locked': {
      // The session was opened with `enableLocking`: nobody else writes until the response is made.
      const { count = 0 } = data
      await sleep(1000)
      await session.update({ count: count + 1 })
      break
    }
    case 'flash':
      await session.flash('message', 'This message is shown once.')
      break
    case 'regenerate':
      await session.regenerate()
      break
    case 'token':
      // A new session is stored for it, by one write.
      await session.csrfToken()
      break
    case 'confirm':
      // The password was right once more.
      await session.regenerate({ authenticated: true })
      break
    case 'change-password':
      // Throws a 401 where the log-in was earlier.
      session.requireFresh(secondsOf(form))
      await session.flash('message', 'The password was changed.')
      break
    case 'expire': {
      const record = await store.read(id)
      if (record) await store.touch(record, { expiresAt: new Date(Date.now() - 1000) })
      break
    }
    case 'clear':
      await session.clear()
      await session.flash('message', 'A new session, with nothing of the old one.')
      break
    case 'destroy':
      await session.destroy()
      break
    case 'revoke-others':
      await session.userSessions().revokeOthers()
      break
    case 'destroy-all':
      if (data.user !== undefined) await store.destroyByUser(data.user)
      await session.destroy()
      break
    case 'revoke':
      // Another user's key is refused like an unknown one.
      await session.userSessions().revoke(textOf(form, 'key'))
      break
    case 'race-merge':
      await race.differentKeys(id)
      break
    case 'race-same':
      await race.sameKey(id)
  }
}

export async function loadedOf(session: DynamoSession<Data>): Promise<Loaded> {
  const message = await session.flash<string>('message')
  const { isNew, data, createdAt, expiresAt, authenticatedAt } = session
  // Of a stored session a token costs nothing; a new one would be stored for it.
  const token = session.state === 'stored' ? await session.csrfToken() : undefined
  return { isNew, data, message, createdAt, expiresAt, authenticatedAt, token }
}

/** Of a cookie whose session is dead, too, which the library gives no id of; its signature is not looked at again here. */
export function idIn(value: string | undefined): string | undefined {
  const [id = ''] = value?.split('.') ?? []
  return /^[\w-]{43}$/.test(id) ? id : undefined
}
