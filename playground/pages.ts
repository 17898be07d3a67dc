import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createSessionStore } from '../src/index.ts'
import type { Browser, Data, PageContext, PlaygroundPage } from './page.ts'
import { expressPage } from './pages/express.ts'
import { h3Page } from './pages/h3.ts'
import { createRace } from './pages/race.ts'
import { reactRouterPage } from './pages/react-router.ts'
import { webPage } from './pages/web.ts'

export interface PlaygroundOptions {
  /** Its requests are noted with the HTTP request that they are made for. */
  readonly client: DynamoDBClient
  /** The same for the second server of the race. */
  readonly rival: DynamoDBClient
  readonly tableName: string
  readonly secret: string
}

export const USER_KEY = 'user'

/** Browser A's at the paths of old, browser B's below `/b`; the first page is the start page. */
export function createPages({ client, rival, tableName, secret }: PlaygroundOptions): PlaygroundPage[] {
  // `hashIds`, because the page shows keys, and a key that is the id must not be shown.
  const shared = { client, tableName, hashIds: true, userIdKey: USER_KEY } as const
  const storeOf: PageContext['storeOf'] = (lifetime) => createSessionStore<Data>({ ...shared, ...lifetime, lockMaxWaitTime: 10 })
  const store = storeOf({})
  const raceOf: PageContext['raceOf'] = (lifetime) =>
    createRace([client, rival].map((each) => createSessionStore<Data>({ ...shared, ...lifetime, client: each })))
  return (['a', 'b'] as const).flatMap((browser: Browser) => {
    const options: PageContext['options'] = {
      ...shared,
      // Both browsers are one, and send the same User-Agent.
      device: ({ label }) => ({ label: `${label ?? 'A program'}, as browser ${browser.toUpperCase()}` }),
    }
    const context = { browser, options, secret, store, storeOf, raceOf }
    const base = browser === 'a' ? '' : '/b'
    return [
      reactRouterPage(base || '/', context),
      h3Page(`${base}/h3`, context),
      webPage(`${base}/web`, context),
      expressPage(`${base}/express`, context),
    ]
  })
}
