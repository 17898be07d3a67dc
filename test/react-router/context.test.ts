// React Router 7 without `future.v8_middleware` runs no middleware, and its loaders get the server's own object.
import { describe, expect, it } from 'vitest'
import { createDynamoSessionStorage, createSessionMiddleware } from '../../src/react-router.ts'

describe('without the router’s context', () => {
  const [middleware, getSession] = createSessionMiddleware(createDynamoSessionStorage({ secretKey: 'x'.repeat(32) }))

  it.each([[undefined], [null], [{}], [{ get: 1, set: 2 }]])('the flag is named: %j', async (context) => {
    const named = { name: 'InvalidArgumentError', argument: 'context', message: expect.stringContaining('future: { v8_middleware: true }') }
    expect(() => getSession(context)).toThrow(expect.objectContaining(named))
    const args = { request: new Request('http://localhost/'), context }
    await expect(middleware(args, async () => 'never')).rejects.toMatchObject(named)
  })
})
