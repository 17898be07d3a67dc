// Asks its own server, as a page does while it is rendered, and opens no session itself.
export default defineEventHandler(async (event) => {
  await event.$fetch('/api/count')
  return {
    own: await event.$fetch('/api/handler'),
    stranger: await event.$fetch('/api/handler', { headers: { cookie: 'theme=dark' } }),
  }
})
