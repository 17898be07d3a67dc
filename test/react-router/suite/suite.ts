// What every SessionStorage of ours promises: one suite for React Router 7, React Router 8 and Remix 2.
import { onEnginesOf } from '../../support/engines.ts'
import type { Turn } from '../../support/engines.ts'
import { concurrentSuite } from './concurrent.ts'
import { contractSuite, suiteWithoutEngine } from './contract.ts'
import { cookieSuite } from './cookie.ts'
import { endsSuite } from './ends.ts'
import { errorsSuite } from './errors.ts'
import { useStorages } from './storages.ts'
import type { Framework } from './storages.ts'
import { withSessionSuite } from './with-session.ts'

export function sessionStorageSuite(isTurn: Turn, framework: Framework): void {
  onEnginesOf(isTurn, (table) => {
    const storages = useStorages(framework, table)
    contractSuite(framework, storages)
    cookieSuite(framework, storages)
    endsSuite(framework, storages)
    concurrentSuite(framework, storages)
    withSessionSuite(storages)
    errorsSuite(storages)
  })
  suiteWithoutEngine(framework)
}
