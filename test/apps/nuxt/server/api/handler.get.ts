export default defineEventHandler(
  withDynamoSession((event, session) => ({ user: session.data.userId ?? null, visits: session.data.visits ?? 0 })),
)
