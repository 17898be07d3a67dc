export default defineEventHandler(async (event) => {
  const session = await requireDynamoSession(event)
  await useDynamoSessionStore().destroyByUser(session.data.userId as string)
  await session.clear()
  return sendRedirect(event, '/')
})
