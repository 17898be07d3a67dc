// The examples of docs/tracing.md, run.
import { context, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Context, ContextManager } from '@opentelemetry/api'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { AsyncLocalStorage } from 'node:async_hooks'
import { tracingChannel } from 'node:diagnostics_channel'
import type { TracingChannel } from 'node:diagnostics_channel'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createSessionStore } from '../../../src/index.ts'
import type { SessionOptions } from '../../../src/index.ts'
import { onEveryEngine } from '../../support/engines.ts'
import { useProxy } from '../../support/proxy.ts'
import { readmeBlock } from '../../support/readme.ts'

onEveryEngine(
  ({ engine, options }) => {
    const proxy = useProxy(engine)
    const make = (more: SessionOptions = {}) =>
      createSessionStore<{ n?: number; user?: string }>({ ...options, endpoint: proxy.endpoint, ...more })
    const stops: (() => void)[] = []
    afterEach(() => {
      for (const stop of stops.splice(0)) stop()
    })

    describe('the examples of docs/tracing.md', () => {
      let examples = 0
      async function example(name: string): Promise<void> {
        const folder = join(import.meta.dirname, '.readme')
        await mkdir(folder, { recursive: true })
        const file = join(folder, `tracing-${name}-${engine.name}-${examples++}.ts`)
        onTestFinished(() => rm(file))
        await writeFile(file, readmeBlock(name, 'docs/tracing.md'))
        // Examples listen for ever, so that what they add is taken away again.
        const subscribe = vi.spyOn(Object.getPrototypeOf(tracingChannel('any')) as TracingChannel, 'subscribe')
        await import(/* @vite-ignore */ file)
        for (const [index, [subscribers]] of subscribe.mock.calls.entries()) {
          const channel = subscribe.mock.contexts[index] as unknown as TracingChannel
          stops.push(() => channel.unsubscribe(subscribers))
        }
        subscribe.mockRestore()
      }

      it('print a line for each operation', async () => {
        const log = vi.spyOn(console, 'log').mockReturnValue()
        onTestFinished(() => log.mockRestore())
        await example('console')
        const store = make()
        const record = await store.create({ n: 1 })
        await store.read(record.id)
        const line = (text: string) => expect.stringMatching(new RegExp(`^${text} in \\d+\\.\\d ms$`))
        const counts = { requests: 1, retries: 0, conflicts: 0 }
        expect(log.mock.calls).toEqual([
          [line(`create ${record.key.slice(0, 8)} written`), counts],
          [line(`read ${record.key.slice(0, 8)} found`), counts],
        ])
      })

      it('make a span for each operation', async () => {
        const exporter = new InMemorySpanExporter()
        trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }))
        onTestFinished(() => trace.disable())
        await example('opentelemetry')
        const store = make({ maxAttempts: 1 })
        const record = await store.create({ n: 1 })
        proxy.fault = () => ({ status: 400, body: { __type: 'com.amazon.coral.service#AccessDeniedException', message: 'no' } })
        await expect(store.read(record.id)).rejects.toThrow()
        const [created, failed] = exporter.getFinishedSpans()
        expect(created).toMatchObject({
          name: 'session create',
          attributes: {
            'db.collection.name': options.tableName,
            'session.key': record.key,
            'session.outcome': 'written',
            'session.requests': 1,
          },
        })
        expect(failed).toMatchObject({
          name: 'session read',
          status: { code: SpanStatusCode.ERROR },
          attributes: { 'session.outcome': 'failed' },
        })
      })

      it('put each span within that of the page view, also where pages share a read', async () => {
        const exporter = new InMemorySpanExporter()
        trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }))
        context.setGlobalContextManager(contextManager())
        onTestFinished(() => {
          trace.disable()
          context.disable()
        })
        await example('opentelemetry')
        const store = make()
        const { id } = await store.create({ n: 1 })
        exporter.reset()
        proxy.reset()
        const view = (name: string): Promise<void> =>
          trace.getTracer('pages').startActiveSpan(name, async (page) => {
            const record = await store.read(id)
            await store.withLock(id, async (session) => session.update({ n: 2, user: name }))
            await store.touch(record!, { expiresAt: new Date(Date.now() + 60_000) })
            page.end()
          })
        await Promise.all([view('ada'), view('eve')])
        // Later ones ask dynalite why a condition failed.
        expect(proxy.operations().slice(0, 2)).toEqual(['GetItem', 'UpdateItem'])
        const spans = exporter.getFinishedSpans()
        for (const page of ['ada', 'eve']) {
          const { spanId, traceId } = spans.find(({ name }) => name === page)!.spanContext()
          const within = spans.filter(({ parentSpanContext }) => parentSpanContext?.spanId === spanId)
          expect(within.map(({ name }) => name).toSorted()).toEqual(['session lock', 'session read', 'session touch', 'session update'])
          expect(new Set(within.map((span) => span.spanContext().traceId))).toEqual(new Set([traceId]))
        }
        expect(spans).toHaveLength(10)
      })
    })
  },
  { userIdKey: 'user' },
)

/** As that of `@opentelemetry/context-async-hooks`. */
function contextManager(): ContextManager {
  const storage = new AsyncLocalStorage<Context>()
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, fn, self, ...args) => storage.run(active, () => fn.apply(self, args)),
    bind: (_active, target) => target,
    enable: () => manager,
    disable: () => manager,
  }
  return manager
}
