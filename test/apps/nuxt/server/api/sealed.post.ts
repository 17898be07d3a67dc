// A session as nuxt-auth-utils keeps it, in its cookie.
export default defineEventHandler(async (event) => {
  await setUserSession(event, { user: { name: 'ada' } as never, secure: { token: 'of somebody' } as never })
  return {}
})
