// Opens the session before handlers run, as a user's own middleware may.
export default defineEventHandler(async (event) => {
  if (event.path.startsWith('/api/cached')) await useDynamoSession(event)
})
