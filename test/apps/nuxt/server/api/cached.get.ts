export default defineCachedEventHandler(
  async (event) => {
    const session = await useDynamoSession(event)
    if (getQuery(event).write) {
      await session.update({ visits: 100 })
      await session.clear()
      await session.update({ visits: 101 })
    }
    return { user: session.data.userId ?? null }
  },
  { maxAge: 60 },
)
