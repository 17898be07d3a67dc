export default defineEventHandler(async (event) => {
  const { username } = await readBody<{ username: string }>(event)
  const session = await useDynamoSession(event)
  // Check a password here.
  session.data.userId = username
  await session.regenerate() // a new id at every log-in, stored with what was changed
  return sendRedirect(event, '/')
})
