// Many sessions of a user end by conditional batches, of which each record that needs more than its deletion goes on alone.
import { expect, it, vi } from 'vitest'
import type { SessionRecord } from '../../../src/index.ts'
import { isBasic, onEveryEngine } from '../../support/engines.ts'
import type { Fault, ProxiedRequest } from '../../support/proxy.ts'
import { must, useStores } from './stores.ts'
import type { Data } from './stores.ts'

vi.mock(import('../../../src/core/base/wait.ts'), async (original) => (await import('../../support/pauses.ts')).shortPauses(original))

onEveryEngine(
  (table) => {
    const { proxy, host, store, itemAt, setAttribute, engine } = useStores(table)
    const hasPartiQL = !isBasic(engine)
    let users = 0
    /** Sessions of a new user. */
    const logIn = async (count: number): Promise<{ uid: string; records: SessionRecord<Data>[] }> => {
      const uid = `ada-${users++}`
      const own = host({ userIdKey: 'uid' })
      const records = await Promise.all(Array.from({ length: count }, (_, n) => own.create({ uid, n })))
      proxy.reset()
      return { uid, records }
    }
    const left = async (records: readonly SessionRecord<Data>[]): Promise<string[]> => {
      const items = await Promise.all(records.map(async ({ key }) => [key, await itemAt(key)] as const))
      return items.filter(([, item]) => item?.data !== undefined).map(([key]) => key)
    }
    const statements = ({ body }: ProxiedRequest): number => (body.Statements as unknown[]).length
    const batches = (): ProxiedRequest[] => proxy.requests.filter(({ operation }) => operation === 'BatchExecuteStatement')
    const singles = (): number => proxy.operations().filter((operation) => operation === 'DeleteItem').length

    it('a log-out everywhere deletes 25 with each request, and all of them where the engine has no PartiQL', async () => {
      const { uid, records } = await logIn(60)
      expect(await store({ userIdKey: 'uid' }).destroyByUser(uid, { exceptId: must(records[3]).id })).toBe(59)
      expect(await left(records)).toEqual([must(records[3]).key])
      if (hasPartiQL) expect([batches().map(statements).toSorted(), singles()]).toEqual([[25, 25, 9].toSorted(), 0])
      else expect([batches().length, singles()]).toEqual([1, 59])
    })

    it('a few are deleted one by one, for which a role needs nothing else', async () => {
      const { uid, records } = await logIn(16)
      expect(await store({ userIdKey: 'uid' }).destroyByUser(uid)).toBe(16)
      expect([await left(records), batches().length]).toEqual([[], 0])
    })

    it('no batch takes what is another user’s by now, nor what others end with', async () => {
      const { uid, records } = await logIn(25)
      const [foreign, sent, again] = records as [SessionRecord<Data>, SessionRecord<Data>, SessionRecord<Data>]
      const sibling = (await logIn(1)).records[0] as SessionRecord<Data>
      proxy.fault = async ({ operation }) => {
        if (operation !== 'BatchExecuteStatement' && operation !== 'DeleteItem') return undefined
        proxy.fault = () => undefined
        // After the index was read.
        await setAttribute(foreign.key, 'user_id', { S: 'eve' })
        await setAttribute(sent.key, 'kin', { S: sibling.key })
        await setAttribute(sibling.key, 'user_id', { S: uid })
        await setAttribute(again.key, 'kin', { S: '' })
        return undefined
      }
      expect(await store({ userIdKey: 'uid' }).destroyByUser(uid)).toBe(25)
      expect([await left(records), await left([sibling])]).toEqual([[foreign.key], []])
    })

    /** The user of a request, as the conditions name it. */
    const userOf = ({ body }: ProxiedRequest): string => /"(ada-\d+)"/.exec(JSON.stringify(body))?.[1] ?? ''
    const answered = ({ body }: ProxiedRequest, Code: string): Fault => {
      const Responses = (body.Statements as unknown[]).map(() => ({ Error: { Code, Message: 'no' } }))
      return { status: 200, body: { Responses } }
    }

    it.runIf(hasPartiQL)('a batch that met a fault is sent again until all are deleted, and counted once', async () => {
      const faults = ['throttle', 'error', 'error after', 'reset after', 'statement'] as const
      const cases = await Promise.all(faults.map(async (fault) => Object.assign(await logIn(30), { fault, met: 0 })))
      proxy.fault = (request) => {
        const met = cases.find(({ uid }) => request.operation === 'BatchExecuteStatement' && userOf(request) === uid)
        if (!met || met.met++ > 1) return undefined
        return met.fault === 'statement' ? answered(request, 'ThrottlingError') : met.fault
      }
      const own = store({ userIdKey: 'uid' })
      const deleted = await Promise.all(cases.map(({ uid }) => own.destroyByUser(uid)))
      expect(deleted).toEqual(cases.map(() => 30))
      expect(await left(cases.flatMap(({ records }) => records))).toEqual([])
      expect(cases.map(({ met }) => met >= 4)).toEqual(cases.map(() => true))
    })

    it('single deletions take over where PartiQL is denied, for the batch or for a statement', async () => {
      const cases = await Promise.all([logIn(60), logIn(60)])
      proxy.fault = (request) => {
        if (request.operation !== 'BatchExecuteStatement') return undefined
        if (userOf(request) === cases[0].uid) return { status: 400, body: { __type: 'x#AccessDeniedException', message: 'no' } }
        return answered(request, 'AccessDenied')
      }
      const own = store({ userIdKey: 'uid' })
      expect(await Promise.all(cases.map(({ uid }) => own.destroyByUser(uid)))).toEqual([60, 60])
      expect([await left(cases.flatMap(({ records }) => records)), batches().length, singles()]).toEqual([[], 2, 120])
    })

    it('what the index shows though it was deleted counts once', async () => {
      const { uid, records } = await logIn(20)
      const shown = records.map(({ key }) => ({ session_id: { S: key } }))
      let looks = 0
      proxy.rewrite = ({ operation }, answer) => {
        if (operation !== 'Query') return answer
        return looks++ < 2 ? { Items: shown, Count: shown.length } : { Items: [], Count: 0 }
      }
      expect(await store({ userIdKey: 'uid' }).destroyByUser(uid)).toBe(20)
      expect([batches().length, singles()]).toEqual(hasPartiQL ? [2, 0] : [2, 40])
    })
  },
  { userIdKey: 'uid' },
)
