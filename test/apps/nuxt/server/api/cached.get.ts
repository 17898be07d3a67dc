export default defineCachedEventHandler(
  async (event) => {
    const session = await useDynamoSession(event)
    return { user: session.data.userId ?? null }
  },
  { maxAge: 60 },
)
