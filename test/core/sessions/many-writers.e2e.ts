// Many hosts that write one session at once: what it costs until all changes are stored.
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { onEveryEngine } from '../../support/engines.ts'
import { alive, useStores } from './stores.ts'

/** Ten writers, each of which conflicts with all before it, take 55. */
const IN_LOCKSTEP = 55

onEveryEngine((table) => {
  const { proxy, host } = useStores(table)

  describe('writers of one session', () => {
    it.each([1, 5, 20])('are ten hosts, %i ms away: all changes are kept, and conflicts spread them', async (delay) => {
      const rounds = 3
      let writes = 0
      for (let round = 0; round < rounds; round++) {
        const hosts = Array.from({ length: 10 }, () => host())
        const record = await hosts[0]!.create({})
        const mine = await Promise.all(hosts.map((each) => alive(each, record)))
        proxy.reset()
        proxy.fault = () => sleep(delay).then(() => undefined)
        await Promise.all(hosts.map((each, n) => each.update(mine[n]!, { [`k${n}`]: n })))
        writes += proxy.operations().filter((name) => name === 'UpdateItem').length
        proxy.reset()
        expect(Object.keys((await alive(hosts[0]!, record)).data)).toHaveLength(10)
      }
      if (process.env.MEASURE) console.log(`${delay} ms: ${writes / rounds} writes`)
      expect(writes / rounds).toBeLessThan(IN_LOCKSTEP - 5)
    })

    it('are two: the second writes at once, after what it learnt', async () => {
      const [one, two] = [host(), host()]
      const record = await one.create({ a: 0 })
      const theirs = await alive(two, record)
      await one.update(record, { a: 1 })
      proxy.reset()
      await two.update(theirs, { a: 0, b: 1 })
      expect(proxy.operations().filter((name) => name === 'UpdateItem')).toHaveLength(2)
      expect((await alive(one, record)).data).toEqual({ a: 1, b: 1 })
    })
  })
})
