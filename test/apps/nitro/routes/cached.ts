import { useDynamoSession } from 'dynamodb-sessions/h3'

// As it must not be done: what it returns is everybody's.
export default async (event) => {
  const session = await useDynamoSession<{ visits: number }>(event)
  await session.update({ visits: 1 })
  await session.clear()
  await session.update({ visits: 2 })
  return { visits: session.data.visits ?? 0 }
}
