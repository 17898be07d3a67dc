export default defineEventHandler(async (event) => {
  const session = await useDynamoSession(event)
  await session.update(({ visits = 0 }) => ({ visits: visits + 1 }))
  return session.data.visits
})
