export default defineNuxtConfig({
  modules: ['dynamodb-sessions/nuxt'],
  dynamodbSessions: { tableName: 'sessions', userIdKey: 'userId', public: ['userId', 'visits'] },
})
