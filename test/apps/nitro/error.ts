// Of an error of `/throws/own` alone; others are Nitro's to answer.
export default (_error, event) => {
  if (!`${event.path ?? event.url}`.includes('/own')) return
  const response = new Response('sorry', { status: 500 })
  return event.respondWith?.(response) ?? response
}
