// The suite on applications of this process, each on every engine.
import { afterAll, beforeAll, describe } from 'vitest'
import type { DynamoSessionError } from '../../src/index.ts'
import { onEnginesOf } from '../support/engines.ts'
import type { Turn } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'
import { SECRET } from './applications/application.ts'
import type { Start, Started } from './applications/application.ts'
import { replaySuite } from './suite.ts'
import type { Limits } from './suite.ts'

export interface Framework {
  readonly name: string
  readonly isTurn: Turn
  readonly start: Start
  readonly limits?: Limits
}

export function replay(frameworks: readonly Framework[]): void {
  describe.each(frameworks)('$name', ({ isTurn, start, limits }) => {
    onEnginesOf(
      isTurn,
      (table) => {
        const proxy = useProxy(table.engine)
        const told: string[] = []
        let started: Started
        beforeAll(async () => {
          started = await start({
            ...table.options,
            endpoint: proxy.endpoint,
            secretKey: SECRET,
            userIdKey: 'user',
            maxAttempts: 1,
            errorHandler: (error) => void told.push((error as DynamoSessionError).code),
          })
        })
        afterAll(() => started.stop())
        replaySuite(proxy, () => ({ origin: started.origin, told }), limits)
      },
      { userIdKey: 'user' },
    )
  })
}
