import { defineCachedHandler } from '#both'
import handler from './cached'

export default defineCachedHandler(handler, { maxAge: 60, swr: false })
