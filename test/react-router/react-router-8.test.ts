import { createCookie, createSession, isSession } from 'react-router'
import type { Session, SessionStorage } from 'react-router'
import { expect, it } from 'vitest'
import { createDynamoSessionStorage } from '../../src/react-router.ts'
import { inTurn } from '../support/engines.ts'
import { sessionStorageSuite } from './suite/suite.ts'
import type { Framework } from './suite/storages.ts'

sessionStorageSuite(inTurn(0), { createDynamoSessionStorage, createCookie, createSession, isSession } as Framework)

it('has the types of React Router', () => {
  interface Data {
    userId: string
  }
  interface FlashData {
    error: string
  }
  const storage: SessionStorage<Data, FlashData> = createDynamoSessionStorage<Data, FlashData>({ secretKey: 's'.repeat(20), maxAge: 60 })
  async function use(session: Session<Data, FlashData>): Promise<string | undefined> {
    session.set('userId', 'ada')
    session.flash('error', 'no')
    // @ts-expect-error a key that Data does not have
    session.set('userid', 'ada')
    return session.get('userId')
  }
  expect([typeof storage.getSession, typeof use]).toEqual(['function', 'function'])
})
