import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createSessionStore } from '../src/index.ts'
import { h3Page } from './h3.ts'
import type { Data, PageContext, PlaygroundPage } from './page.ts'
import { createRace } from './race.ts'
import { reactRouterPage } from './react-router.ts'

export interface PlaygroundOptions {
  /** Its requests are noted with the HTTP request that they are made for. */
  readonly client: DynamoDBClient
  /** The same for the second server of the race. */
  readonly rival: DynamoDBClient
  readonly tableName: string
  readonly secret: string
}

/** The first page is the start page. */
export function createPages({ client, rival, tableName, secret }: PlaygroundOptions): PlaygroundPage[] {
  // `hashIds`, because the page shows keys, and a key that is the id must not be shown.
  const options = { client, tableName, hashIds: true, userIdKey: 'user' } as const
  const store = createSessionStore<Data>(options)
  const raceOf: PageContext['raceOf'] = (lifetime) =>
    createRace([client, rival].map((each) => createSessionStore<Data>({ ...options, ...lifetime, client: each })))
  const context = { options, secret, store, raceOf }
  return [reactRouterPage('/', context), h3Page('/h3', context)]
}
