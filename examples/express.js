import express from 'express'
import session from 'express-session'
import { DynamoDBStore } from 'dynamodb-sessions/express'

const app = express()
app.use(
  session({
    store: new DynamoDBStore({ tableName: 'sessions', userIdKey: 'userId' }),
    secret: process.env.SESSION_SECRET,
    resave: false,
    saveUninitialized: false,
    cookie: { maxAge: 7 * 24 * 60 * 60 * 1000, sameSite: 'lax', secure: process.env.NODE_ENV === 'production' },
  }),
)

app.get('/', (req, res) => {
  req.session.visits = (req.session.visits ?? 0) + 1
  res.json({ visits: req.session.visits, user: req.session.userId })
})

app.post('/login', (req, res, next) => {
  // A new id at every log-in; the old one is moved to it.
  req.session.regenerate((error) => {
    if (error) return next(error)
    req.session.userId = 'ada'
    res.redirect('/')
  })
})

app.post('/logout', (req, res, next) => {
  req.session.destroy((error) => (error ? next(error) : res.clearCookie('connect.sid').redirect('/')))
})

const server = app.listen(process.env.PORT ?? 3000, () => console.log(`http://localhost:${server.address().port}`))
