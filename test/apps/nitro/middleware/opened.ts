import { useDynamoSession } from 'dynamodb-sessions/h3'

export default async (event) => {
  if (`${event.path ?? event.url}`.includes('/mine')) await useDynamoSession(event)
}
