import { useDynamoSession } from 'dynamodb-sessions/h3'
import { redirect } from 'nitro/h3'

export default async (event) => {
  await (await useDynamoSession(event)).clear()
  return redirect('/', 303)
}
