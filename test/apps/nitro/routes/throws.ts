import { useDynamoSession } from 'dynamodb-sessions/h3'

export default async (event) => {
  await (await useDynamoSession(event)).update({ visits: 10 })
  throw new Error('broken on purpose')
}
