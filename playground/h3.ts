import { setTimeout as sleep } from 'node:timers/promises'
import { getCookie } from 'h3'
import type { H3Event } from 'h3'
import { requireDynamoSession, withDynamoSession } from '../src/h3.ts'
import type { DynamoSession, DynamoSessionOptions } from '../src/h3.ts'
import { redirectTo, TEN_MINUTES, textOf } from './page.ts'
import type { Data, Intent, Loaded, PageContext, PlaygroundPage } from './page.ts'

const COOKIE = 'h3-session'

/** The page as an h3 application writes it: each writing method has stored its change and set the cookie when its promise resolves. */
export function h3Page(path: string, context: PageContext): PlaygroundPage {
  const { secret, store } = context
  // Each view extends it, once a tenth of that has passed.
  const lifetime = { maxStale: TEN_MINUTES }
  const race = context.raceOf(lifetime)
  const options: DynamoSessionOptions = {
    ...context.options,
    ...lifetime,
    secretKey: secret,
    name: COOKIE,
    // Only because the playground is http, and may be visited by another name than localhost.
    cookie: { secure: false },
  }
  const locking: DynamoSessionOptions = { ...options, enableLocking: true, lockMaxWaitTime: 10 }

  async function act(event: H3Event, session: DynamoSession<Data>, intent: Intent, form: FormData): Promise<void> {
    const { id = '', data } = session
    switch (intent) {
      case 'log-in':
        data.user = textOf(form, 'name') || 'Somebody'
        // A new id after every log-in, stored with what was changed.
        await session.regenerate()
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
      case 'members':
        await requireDynamoSession(event)
        await session.flash('message', `Welcome, ${data.user}: only who is logged in gets here.`)
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
      case 'destroy-all':
        if (data.user !== undefined) await store.destroyByUser(data.user)
        await session.destroy()
        break
      case 'race-merge':
        await race.differentKeys(id)
        break
      case 'race-same':
        await race.sameKey(id)
    }
  }

  return {
    path,
    title: 'h3',
    intents: [
      'log-in',
      'note',
      'count',
      'count-locked',
      'flash',
      'regenerate',
      'members',
      'expire',
      'clear',
      'destroy',
      'destroy-all',
      'race-merge',
      'race-same',
    ],
    load: withDynamoSession<H3Event, Loaded, Data>((_, session) => load(session), options),
    act: (event, intent, form) =>
      withDynamoSession<H3Event, Response, Data>(
        async (_, session) => {
          await act(event, session, intent, form)
          return redirectTo(path)
        },
        intent === 'count-locked' ? locking : options,
      )(event),
    async keyOf(event) {
      // Of a cookie whose session is dead, too, which the library gives no id of; its signature is not looked at again here.
      const [id = ''] = getCookie(event, COOKIE)?.split('.') ?? []
      return /^[\w-]{43}$/.test(id) ? store.keyOf(id) : undefined
    },
  }
}

async function load(session: DynamoSession<Data>): Promise<Loaded> {
  const message = await session.flash<string>('message')
  const { isNew, data, createdAt, expiresAt } = session
  return { isNew, data, message, createdAt, expiresAt }
}
