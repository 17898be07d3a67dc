import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSessionStore } from '../../src/index.ts'
import { onEveryEngine } from '../support/engines.ts'

const LIMITS = { requestTimeout: 200, maxAttempts: 2 }
/** Back-off of the SDK, connections, and a busy machine. */
const SLACK = 1500

onEveryEngine(({ engine, options }) => {
  describe('an endpoint', () => {
    const target = new URL(engine.endpoint)
    const sockets = new Set<Socket>()
    let mode: 'open' | 'silent' | 'breaking connections' = 'open'
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => {}))
      if (mode === 'breaking connections') socket.resetAndDestroy()
      if (mode !== 'open') return
      const onward = connect(Number(target.port), target.hostname).on('error', () => socket.destroy())
      sockets.add(onward)
      socket.pipe(onward).pipe(socket)
    })
    const become = (next: typeof mode): void => {
      mode = next
      for (const socket of sockets) socket.destroy()
      sockets.clear()
    }
    let endpoint = ''
    beforeAll(async () => {
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    })
    afterAll(() => {
      become('breaking connections')
      server.close()
    })

    it.each(['silent', 'breaking connections'] as const)(
      'that is %s fails a request in time, blocks nothing, and serves when it is back',
      async (how) => {
        const store = createSessionStore({ ...options, endpoint, ...LIMITS })
        const record = await store.create({ n: 1 })
        become(how)
        const delay = monitorEventLoopDelay({ resolution: 5 })
        delay.enable()
        const from = performance.now()
        const code = how === 'silent' ? 'TIMEOUT' : 'UNREACHABLE'
        await expect(store.read(record.id)).rejects.toMatchObject({ code })
        const one = LIMITS.requestTimeout * LIMITS.maxAttempts + SLACK
        expect(performance.now() - from).toBeLessThan(one)
        await expect(store.update(record, { n: 2 })).rejects.toMatchObject({ code })
        expect(performance.now() - from).toBeLessThan(one + 10_800 + one)
        delay.disable()
        expect(delay.percentile(99) / 1e6, 'milliseconds that the event loop was held').toBeLessThan(100)

        become('open')
        const back = performance.now()
        expect((await store.read(record.id))?.data).toEqual({ n: 1 })
        expect(performance.now() - back).toBeLessThan(SLACK)
      },
    )
  })
})
