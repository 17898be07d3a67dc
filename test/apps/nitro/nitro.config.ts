// One application for both majors: test/e2e/nitro-app.e2e.ts tells what differs, and puts the example of docs/nitro.md beside this file.
import { fileURLToPath } from 'node:url'
import example from './example.config.ts'

export default {
  ...example,
  // Neither names a table, which is found when the server runs.
  storage: { sessions: { driver: 'dynamodb-sessions/driver', keyPrefix: 'mounted:' } },
  devStorage: { sessions: { driver: 'dynamodb-sessions/driver', keyPrefix: 'dev:', endpoint: process.env.LOCAL_ENDPOINT } },
  routeRules: { '/cached': { cache: { maxAge: 60, swr: false } }, '/swr': { swr: 60 } },
  errorHandler: fileURLToPath(new URL('error.ts', import.meta.url)),
  // Built without a schedule, whose timers keep a server of Nitro 3 from ending.
  scheduledTasks: process.env.EVERY_SECOND ? { ...example.scheduledTasks, '* * * * * *': 'sessions:gc' } : {},
  experimental: { tasks: !process.env.EVERY_SECOND },
  virtual: { '#both': process.env.BOTH },
  // Majors spell it in two ways; nobody looks at one.
  sourceMap: false,
  sourcemap: false,
  // Two builds at once.
  buildDir: process.env.BUILD_DIR ?? '.build',
  output: { dir: process.env.OUTPUT ?? '.output' },
}
