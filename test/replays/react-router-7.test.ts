import { createRequestHandler } from 'react-router-v7'
import { afterAll, vi } from 'vitest'
import { startReactRouter } from './applications/react-router.ts'
import { inTurn } from '../support/engines.ts'
import { replay } from './replay.ts'

vi.mock('react-router', () => import('react-router-v7'))
// Other files of this process use React Router 8.
afterAll(() => vi.doUnmock('react-router'))

const { createDynamoSessionStorage } = await import('../../src/react-router.ts')

replay([
  {
    name: 'React Router 7',
    isTurn: inTurn(0),
    start: (options) => startReactRouter({ createDynamoSessionStorage, createRequestHandler }, options),
  },
])
