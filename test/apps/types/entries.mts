import { createSessionStore } from 'dynamodb-sessions'
import type { SessionStore } from 'dynamodb-sessions'
import { loadSessionConfig } from 'dynamodb-sessions/config'
import dynamodbDriver from 'dynamodb-sessions/driver'
import { dynamodbSessionDriver } from 'dynamodb-sessions/astro'
import { dynamodbSecondaryStorage } from 'dynamodb-sessions/better-auth'
import { DynamoDBStore } from 'dynamodb-sessions/express'
import { useDynamoSession } from 'dynamodb-sessions/h3'
import nitroModule from 'dynamodb-sessions/nitro'
import nuxtModule from 'dynamodb-sessions/nuxt'
import { createDynamoSessionStorage, createSessionMiddleware } from 'dynamodb-sessions/react-router'
import * as remix from 'dynamodb-sessions/remix'
import * as remix3 from 'dynamodb-sessions/remix3'
import { createTestSessions } from 'dynamodb-sessions/testing'
import { openSession } from 'dynamodb-sessions/web'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'

const client = new DynamoDBClient()
export const stores: SessionStore<{ userId: string }>[] = [
  createSessionStore({ client, secretKey: process.env['SECRET'] }),
  createSessionStore({ client: DynamoDBDocumentClient.from(client), ...(await loadSessionConfig()) }),
]
export const storage = createDynamoSessionStorage<{ userId: string }>({ secretKey: process.env['SECRET'] })
export const [middleware, getSession] = createSessionMiddleware(storage)
export const others = [remix.createDynamoSessionStorage(), remix3.createDynamoSessionStorage(), dynamodbDriver({ client })]
export const modules = [nitroModule, nuxtModule]
export const userId: string | undefined = (await useDynamoSession<{ userId: string }>({} as never)).data.userId
export const expressStore: DynamoDBStore = new DynamoDBStore({ client, migrate: { from: 'connect-dynamodb', until: new Date() } })
export const visits: number | undefined = (await openSession<{ visits: number }>({ cookie: null }, {})).data.visits
export const counted: number = await dynamodbSecondaryStorage({ client }).increment('rate', 60)
export const astroDriver: { entrypoint: string } = dynamodbSessionDriver({ tableName: 'sessions' })
export const ofTests: string | undefined = (await createTestSessions<{ userId: string }>().storage.getSession()).get('userId')
