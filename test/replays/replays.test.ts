// The bug reports on every framework that runs in this process, each over HTTP.
import { createRequestHandler as createRemixHandler } from '@remix-run/server-runtime'
import { createRequestHandler } from 'react-router'
import { createDynamoSessionStorage } from '../../src/react-router.ts'
import { createDynamoSessionStorage as createRemixStorage } from '../../src/remix.ts'
import { startExpress } from './applications/express.ts'
import { startFastify } from './applications/fastify.ts'
import { startReactRouter } from './applications/react-router.ts'
import { startRemix3 } from './applications/remix3.ts'
import { startH3, startH3v1, startHono } from './applications/web.ts'
import { inTurn } from '../support/engines.ts'
import { replay } from './replay.ts'

const remix = { createDynamoSessionStorage: createRemixStorage, createRequestHandler: createRemixHandler }

replay([
  { name: 'express-session', isTurn: inTurn(0), start: startExpress },
  { name: '@fastify/session', isTurn: inTurn(1), start: startFastify, limits: { sendsCookieAgain: true } },
  { name: 'Hono', isTurn: inTurn(2), start: startHono },
  { name: 'h3 2', isTurn: inTurn(3), start: startH3 },
  { name: 'h3 1', isTurn: inTurn(4), start: startH3v1 },
  {
    name: 'React Router 8',
    isTurn: inTurn(5),
    start: (options) => startReactRouter({ createDynamoSessionStorage, createRequestHandler }, options),
  },
  { name: 'Remix 2', isTurn: inTurn(6), start: (options) => startReactRouter(remix, options) },
  { name: 'Remix 3', isTurn: inTurn(7), start: startRemix3 },
])
