import { useDynamoSession } from 'dynamodb-sessions/h3'
import { redirect } from 'nitro/h3'

export default async (event) => {
  const session = await useDynamoSession<{ userId: string }>(event)
  // Check a password here.
  session.data.userId = String((await event.req.formData()).get('username'))
  await session.regenerate() // a new id at every log-in, stored with what was changed
  return redirect('/', 303)
}
