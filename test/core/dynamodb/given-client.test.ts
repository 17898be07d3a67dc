// A client that the application gives has no line of ours, and is bound by operations all the same.
import { Readable } from 'node:stream'
import { expect, it } from 'vitest'
import { openTransport } from '../../../src/core/dynamodb/open-transport.ts'
import { bareClient } from '../../support/engines.ts'
import { KEY, answerWith, serve } from './http/servers.ts'

const INPUT = { TableName: 'sessions', Key: KEY }

it.each([0, 1])('a given client begins no attempt once an operation has taken too long: %i before', async (before) => {
  let left = before
  const { endpoint, asked } = await serve((response) => {
    left = 0
    answerWith(response, { __type: 'InternalServerError' }, { status: 500 })
  })
  const client = bareClient(endpoint, { maxAttempts: 5 })
  const { send } = openTransport({ client })
  await expect(send('GetItem', INPUT, undefined, { left: () => left })).rejects.toMatchObject({ kind: 'timeout' })
  expect(asked).toHaveLength(before)
  client.destroy()
})

it('a body that somebody else has destroyed is an answer that broke off, at once', async () => {
  const { endpoint } = await serve((response) => answerWith(response, {}))
  const client = bareClient(endpoint, { maxAttempts: 1 })
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      const body = new Readable({ read() {} })
      setImmediate(() => body.destroy())
      Object.assign(result.response as object, { body })
      return result
    },
    { step: 'deserialize', priority: 'low' },
  )
  await expect(openTransport({ client }).send('GetItem', INPUT)).rejects.toMatchObject({ kind: 'unreachable' })
  client.destroy()
})
