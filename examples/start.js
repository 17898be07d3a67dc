// Starts an example on an embedded DynamoDB, which ends with it: `npm start express`.
import { readdirSync } from 'node:fs'
import { ensureSessionTable } from 'dynamodb-sessions'
import dynalite from 'dynalite'

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.js') && file !== 'start.js')
  .map((file) => file.slice(0, -'.js'.length))
const [name = ''] = process.argv.slice(2)
if (!names.includes(name)) {
  console.error(`Which one? ${names.map((one) => `npm start ${one}`).join(', ')}`)
  process.exit(1)
}

if (!process.env.AWS_ENDPOINT_URL_DYNAMODB) {
  const engine = dynalite({ createTableMs: 0 })
  await new Promise((resolve) => engine.listen(0, '127.0.0.1', resolve))
  process.env.AWS_ENDPOINT_URL_DYNAMODB = `http://127.0.0.1:${engine.address().port}`
  process.env.AWS_REGION = 'us-east-1'
  process.env.AWS_ACCESS_KEY_ID = process.env.AWS_SECRET_ACCESS_KEY = 'local'
}
process.env.SESSION_SECRET ??= 'for an example only: a long and random text'
await ensureSessionTable({ tableName: 'sessions', userIdKey: 'userId' })
await import(`./${name}.js`)
