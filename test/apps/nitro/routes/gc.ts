import { runTask } from '#both'

export default (event) =>
  runTask('sessions:gc', { payload: { includeExpired: true, dryRun: `${event.path ?? event.url}`.includes('dry') } })
