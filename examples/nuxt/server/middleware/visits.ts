// Counts page views, before the page is rendered.
export default defineEventHandler(async (event) => {
  if (event.path !== '/') return
  const session = await useDynamoSession(event)
  await session.update(({ visits = 0 }) => ({ visits: visits + 1 })) // runs again if another request wrote meanwhile
})
