export default defineEventHandler(() => runTask('sessions:gc', { payload: { includeExpired: true, dryRun: true } }))
