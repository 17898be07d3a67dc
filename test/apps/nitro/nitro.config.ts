// One application for both majors: test/e2e/nitro-app.e2e.ts tells what differs, and puts the example of docs/nitro.md beside this file.
import example from './example.config.ts'

export default {
  ...example,
  // Neither names a table, which is found when the server runs.
  storage: { sessions: { driver: 'dynamodb-sessions/driver', keyPrefix: 'mounted:' } },
  devStorage: { sessions: { driver: 'dynamodb-sessions/driver', keyPrefix: 'dev:', endpoint: process.env.LOCAL_ENDPOINT } },
  routeRules: { '/cached': { cache: { maxAge: 60, swr: false } } },
  virtual: { '#both': process.env.BOTH },
  output: { dir: process.env.OUTPUT ?? '.output' },
}
