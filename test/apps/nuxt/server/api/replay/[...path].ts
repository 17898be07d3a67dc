// What test/replays/suite.ts asks of an application.
export default defineEventHandler(async (event) => {
  const session = await useDynamoSession(event)
  const [action, key = ''] = (getRouterParam(event, 'path') ?? '').split('/')
  if (action === 'set') await session.update({ [key]: 1 })
  if (action === 'login') {
    session.data.userId = 'ada'
    await session.regenerate()
  }
  if (action === 'logout') await session.destroy()
  const { userId: user, ...data } = session.data
  return { user, ...data }
})
