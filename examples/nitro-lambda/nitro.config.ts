export default {
  serverDir: './', // where Nitro 3 looks for routes/
  modules: ['dynamodb-sessions/nitro'],
  runtimeConfig: { dynamodbSessions: { tableName: 'sessions', userIdKey: 'userId' } },
}
