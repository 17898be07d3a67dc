// Starts the server that `astro build` made, on an embedded DynamoDB, which ends with it.
import { ensureSessionTable } from 'dynamodb-sessions'
import dynalite from 'dynalite'

if (!process.env.AWS_ENDPOINT_URL_DYNAMODB) {
  const engine = dynalite({ createTableMs: 0 })
  await new Promise((resolve) => engine.listen(0, '127.0.0.1', resolve))
  process.env.AWS_ENDPOINT_URL_DYNAMODB = `http://127.0.0.1:${engine.address().port}`
  process.env.AWS_REGION = 'us-east-1'
  process.env.AWS_ACCESS_KEY_ID = process.env.AWS_SECRET_ACCESS_KEY = 'local'
}
await ensureSessionTable({ tableName: 'sessions' })
await import('./dist/server/entry.mjs')
