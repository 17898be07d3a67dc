export default defineEventHandler(async (event) => {
  const { user, password } = await readBody<{ user: string; password: string }>(event)
  const session = await useDynamoSession(event)
  if (password !== 'correct horse') {
    await session.flash('message', 'Wrong password')
    return sendRedirect(event, '/login')
  }
  session.data.userId = user
  session.data.pin = 'private-pin-4711'
  await session.regenerate()
  return sendRedirect(event, '/account')
})
