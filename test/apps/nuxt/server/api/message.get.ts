export default defineEventHandler(async (event) => {
  const session = await useDynamoSession(event)
  return (await session.flash<string>('message')) ?? ''
})
