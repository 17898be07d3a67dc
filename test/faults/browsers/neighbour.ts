// Another application on the same table, whose prefix begins with ours and whose users have our users' ids.
import { createSessionStore } from '../../../src/index.ts'
import type { SessionOptions, SessionStore } from '../../../src/index.ts'
import { attempt, until } from './household.ts'
import { collect } from '../../support/collect.ts'

export interface Neighbour {
  /** What is wrong with its sessions, or with whose sessions either application is shown. */
  check(ours: SessionStore<object>): Promise<string[]>
}

/** @param us our user, where both have one `user_id` in the table or one name. */
export async function createNeighbour(options: SessionOptions, user: string, us: string): Promise<Neighbour> {
  const store = createSessionStore<{ user: string; theirs: number }>(options)
  const own = await until(() => store.create({ user, theirs: 1 }))
  return {
    async check(ours) {
      const wrong: string[] = []
      const shown = await attempt(() => collect(ours.listByUser(us)))
      if (shown?.some(({ key }) => key === own.key)) wrong.push('its session is listed as ours')
      await ours.destroyByKey(own.key).catch(() => {})
      const record = await until(async () => ({ found: await store.read(own.id) }))
      if (record.found?.data.theirs !== 1) return [...wrong, 'its session was ended']
      const theirs = await attempt(() => collect(store.listByUser(user)))
      // An attempt of the create that came late made a record too.
      if (theirs?.some(({ data }) => data.theirs !== 1)) wrong.push('it is shown sessions of ours')
      return wrong
    },
  }
}
