// A client that the application gives has no line of ours, and is bound by operations all the same.
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
