import { useDynamoSession } from 'dynamodb-sessions/h3'

export default async (event) => {
  await (await useDynamoSession(event)).update({ visits: 1 })
  return { cached: true }
}
