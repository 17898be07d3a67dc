// What the page shows of the table itself. Its requests are neither counted nor published.
import { GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createSessionStore } from '../src/index.ts'
import type { Data } from './page.ts'
import { USER_KEY } from './pages.ts'
import { unnoticed } from './requests.ts'
import type { Item } from './views/item.ts'
import type { UserSession } from './views/panel.ts'

export interface Onlooker {
  item(key: string): Promise<Item | undefined>
  /** Of the first few dozen, those that were written last. */
  items(): Promise<Item[]>
  sessionsOf(user: string): Promise<UserSession[]>
}

const SCANNED = 60
const SHOWN = 10
const SESSIONS = 5

export function createOnlooker(client: DynamoDBClient, tableName: string, tableKey: string): Onlooker {
  const store = createSessionStore<Data>({ client, tableName, hashIds: true, userIdKey: USER_KEY })
  return {
    item: (key) =>
      unnoticed(async () => {
        const command = new GetItemCommand({ TableName: tableName, Key: { [tableKey]: { S: key } }, ConsistentRead: true })
        return (await client.send(command)).Item
      }),
    items: () =>
      unnoticed(async () => {
        const { Items = [] } = await client.send(new ScanCommand({ TableName: tableName, Limit: SCANNED, ConsistentRead: true }))
        return Items.toSorted((a, b) => writtenAt(b) - writtenAt(a)).slice(0, SHOWN)
      }),
    sessionsOf: (user) =>
      unnoticed(async () => {
        const found: UserSession[] = []
        for await (const session of store.userSessions(user, { limit: SESSIONS })) found.push(session)
        return found
      }),
  }
}

function writtenAt({ updated_at: at }: Item): number {
  return Number(at?.N ?? at?.S ?? 0)
}
