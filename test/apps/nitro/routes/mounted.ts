import { useStorage } from '#both'
import { useDynamoSession } from 'dynamodb-sessions/h3'

export default async (event) => {
  const session = await useDynamoSession<{ visits: number }>(event, { driver: useStorage().getMount('sessions').driver, name: 'mounted' })
  await session.update(({ visits = 0 }) => ({ visits: visits + 1 }))
  return { visits: session.data.visits }
}
