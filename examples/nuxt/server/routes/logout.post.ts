export default defineEventHandler(async (event) => {
  await (await useDynamoSession(event)).clear()
  return sendRedirect(event, '/')
})
