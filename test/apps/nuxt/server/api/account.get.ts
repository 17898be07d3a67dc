export default defineEventHandler(async (event) => {
  const { data } = await requireDynamoSession(event, { check: (session) => session.data.userId !== undefined })
  // @ts-expect-error The session's data has types.
  void data.nothing
  return { user: data.userId }
})
