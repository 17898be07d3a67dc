import express from 'express'
import session from 'express-session'
import { DynamoDBStore } from '../../../src/express.ts'
import { listen } from '../../support/serve.ts'
import { SECRET, shown } from './application.ts'
import type { Start } from './application.ts'

export const startExpress: Start = (options) => {
  const app = express()
  app.use(session({ store: new DynamoDBStore(options), secret: SECRET, resave: false, saveUninitialized: false }))
  app.get('/', (request, response) => void response.json(shown(request.session as object)))
  app.post('/set/:key', (request, response) => {
    Object.assign(request.session, { [request.params.key]: 1 })
    response.json({})
  })
  app.post('/login', (request, response, next) => {
    request.session.regenerate((error) => {
      if (error) return next(error)
      Object.assign(request.session, { user: 'ada' })
      response.json({})
    })
  })
  app.post('/logout', (request, response, next) => {
    request.session.destroy((error) => (error ? next(error) : response.clearCookie('connect.sid').json({})))
  })
  return listen(app)
}
