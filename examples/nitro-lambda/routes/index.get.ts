import { useDynamoSession } from 'dynamodb-sessions/h3'

export default async (event) => {
  const session = await useDynamoSession<{ userId?: string; visits: number }>(event)
  await session.update(({ visits = 0 }) => ({ visits: visits + 1 })) // runs again if another request wrote meanwhile
  return { visits: session.data.visits, user: session.data.userId }
}
