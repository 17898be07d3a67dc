import { defineCachedHandler } from '#both'
import { useDynamoSession } from 'dynamodb-sessions/h3'

// Middleware has opened the session of the visitor before.
export default defineCachedHandler(
  async (event) => {
    const { visits = 0 } = (await useDynamoSession<{ visits: number }>(event)).data
    return { visits }
  },
  { maxAge: 60, swr: false },
)
