import { afterEach, describe, expect, it } from 'vitest'
import { provideOptions } from '../../src/core/options/provided.ts'
import { useDynamoSession } from '../../src/h3.ts'
import type { SessionEvent } from '../../src/h3.ts'

describe('a secret that is missing', () => {
  const event = { context: {}, headers: new Headers({ host: 'localhost' }) } as unknown as SessionEvent
  afterEach(() => Reflect.deleteProperty(globalThis, Symbol.for('dynamodb-sessions.provided')))

  it('is asked for by the variable that Nitro reads, where a module gave the options', async () => {
    provideOptions(() => ({ tableName: 'sessions' }))
    await expect(useDynamoSession(event)).rejects.toMatchObject({
      code: 'MISSING_SECRET_KEY',
      message: expect.stringMatching(/NITRO_DYNAMODB_SESSIONS_SECRET_KEY.*NUXT_DYNAMODB_SESSIONS_SECRET_KEY/),
    })
  })

  it('is asked for by the option elsewhere', async () => {
    await expect(useDynamoSession(event, {})).rejects.toThrow('set `secretKey` or AWS_DYNAMO_DB_SESSION_SECRET_KEY to')
  })
})
