// What a page asks for again: it reads the session, and changes neither its data nor its life.
import { defineEventHandler } from '#imports'
import { keepEventFromCaches } from '../../h3/response.ts'
import { readPublic } from './public.ts'

const publicState: unknown = defineEventHandler((event) => {
  keepEventFromCaches(event)
  return readPublic(event, false)
})

export default publicState
