// What the driver does when DynamoDB does not do what it asks.
import { describe, expect, it, vi } from 'vitest'
import { deferred } from '../../src/core/base/deferred.ts'
import dynamodbDriver from '../../src/driver.ts'
import { onEveryEngine } from '../support/engines.ts'
import { useDrivers } from './drivers.ts'

vi.mock(import('../../src/core/base/wait.ts'), async (original) => (await import('../support/pauses.ts')).shortPauses(original))

onEveryEngine((table) => {
  const { options } = table
  const { proxy, make } = useDrivers(table)

  describe('a missing table', () => {
    it('is named with its region and the command that makes it', async () => {
      const driver = dynamodbDriver({ ...options, tableName: 'no-such-table' })
      await expect(driver.getItem('a')).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND', tableName: 'no-such-table', region: 'us-east-1' })
      await expect(driver.getItem('a')).rejects.toThrow(/no table no-such-table in us-east-1.*createSessionTable/)
      await expect(driver.setItems([{ key: 'a', value: 'b' }])).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' })
    })

    it('of another key schema is named with the options to set', async () => {
      const driver = dynamodbDriver({ ...options, tableKey: 'id' })
      await expect(driver.getItem('a')).rejects.toMatchObject({ code: 'TABLE_MISMATCH' })
      await expect(driver.setItem('a', 'b')).rejects.toThrow('tableKey')
    })
  })

  describe('faults', () => {
    it('do not lose or repeat a write', async () => {
      // Of which pauses between attempts are a part.
      vi.spyOn(Math, 'random').mockReturnValue(0)
      const driver = make()
      for (const fault of ['throttle', 'error', 'error after', 'reset', 'reset after', 'truncate'] as const) {
        let left = 5
        proxy.fault = () => (left-- > 0 ? fault : undefined)
        await driver.setItem('a', fault)
        expect(await driver.getItem('a'), fault).toBe(fault)
      }
    })

    it('that last are typed errors', async () => {
      const driver = make({ maxAttempts: 1 })
      proxy.fault = () => 'reset'
      await expect(driver.getItem('a')).rejects.toMatchObject({ code: 'UNREACHABLE', action: 'dynamodb:GetItem', retryable: true })
      proxy.fault = () => 'throttle'
      await expect(driver.getItem('a')).rejects.toMatchObject({ code: 'THROTTLED' })
      proxy.fault = () => 'error'
      await expect(driver.getItem('a')).rejects.toMatchObject({ code: 'SERVER_ERROR' })
      proxy.fault = () => ({ status: 400, body: { __type: 'x#AccessDeniedException', Message: 'User is not authorized' } })
      await expect(driver.getItem('a')).rejects.toMatchObject({ code: 'ACCESS_DENIED', action: 'dynamodb:GetItem' })
      proxy.fault = () => ({ status: 400, body: { __type: 'x#UnrecognizedClientException', message: 'The security token is invalid' } })
      await expect(driver.getItem('a')).rejects.toMatchObject({ code: 'CREDENTIALS' })
    })

    it('do not make a request last longer than its timeout', async () => {
      const driver = make({ maxAttempts: 1, requestTimeout: 100 })
      const held = deferred<undefined>()
      proxy.fault = () => held.promise
      const began = performance.now()
      await expect(driver.getItem('a')).rejects.toMatchObject({ code: 'TIMEOUT' })
      // Much more than a busy machine takes, and half of what the table's own options allow.
      expect(performance.now() - began).toBeLessThan(options.requestTimeout / 2)
      held.resolve(undefined)
    })
  })
})
