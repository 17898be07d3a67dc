// What dynamodb-sessions/h3 promises, over HTTP, whatever the major of h3.
import { expect, it } from 'vitest'
import { dynamoSession } from '../../../src/h3.ts'
import { onEnginesOf } from '../../support/engines.ts'
import type { Turn } from '../../support/engines.ts'
import { accessSuite } from './access.ts'
import { cookieSuite } from './cookie.ts'
import { endsSuite } from './ends.ts'
import { lockSuite } from './lock.ts'
import { responseSuite } from './response.ts'
import { logInSuite } from './log-ins.ts'
import { sessionSuite } from './session.ts'
import { useVisits } from './visits.ts'
import type { H3 } from './visits.ts'

export function h3Suite(isTurn: Turn, h3: H3): void {
  onEnginesOf(isTurn, (table) => {
    const visits = useVisits(h3, table)
    sessionSuite(visits)
    endsSuite(visits)
    cookieSuite(h3, visits)
    responseSuite(h3, visits)
    accessSuite(visits)
    lockSuite(h3, visits)
    logInSuite(visits)
  })

  it('the middleware has two plain parameters, which h3 2 counts', () => {
    expect(dynamoSession({})).toHaveLength(2)
  })
}
