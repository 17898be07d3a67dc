import { createRequestListener } from '@react-router/node'
import { createServer } from 'node:http'
import * as build from './build/server/index.js'

createServer(createRequestListener({ build })).listen(Number(process.env.PORT ?? 3000), process.env.HOST)
