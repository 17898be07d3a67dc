export default defineEventHandler(async (event) => (await useDynamoSession(event)).data)
