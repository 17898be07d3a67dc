// Requests are seen by whoever instruments node:http, in a process of ES modules without a loader's hook, and by our own channel.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { transformSync } from 'esbuild'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { deleteSessionTable, ensureSessionTable } from '../../src/index.ts'
import { readmeBlock } from '../support/readme.ts'
import { createProject, install, run } from './npm.ts'
import { tarball } from './packed.ts'
import { serverEnvironment } from './server.ts'

const [engine] = inject('engines')
if (!engine) throw new Error('there is no engine')
const table = { tableName: `instrumented-${process.pid}-${Date.now()}`, endpoint: engine.endpoint }
/** Of OpenTelemetry's, one whose Node is 20. */
const PACKAGES = [
  '@opentelemetry/api@^1',
  '@opentelemetry/sdk-trace-base@^2',
  '@opentelemetry/instrumentation-http@0.206.0',
  'aws-xray-sdk-core@^3',
]

const SPANS = `import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { trace } from '@opentelemetry/api'
import { createSessionStore } from 'dynamodb-sessions'

const exporter = new InMemorySpanExporter()
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
trace.setGlobalTracerProvider(provider)
new HttpInstrumentation().setTracerProvider(provider)
await import('./requests.mjs')
await createSessionStore().create({})
console.log(JSON.stringify(exporter.getFinishedSpans().map(({ name, kind, attributes }) => ({ name, kind, attributes }))))
process.exit()
`
const SEGMENTS = `import xray from 'aws-xray-sdk-core'
import http from 'node:http'
import { createSessionStore } from 'dynamodb-sessions'

xray.captureHTTPsGlobal(http)
const segment = new xray.Segment('app')
await xray.getNamespace().runPromise(async () => {
  xray.setSegment(segment)
  await createSessionStore().create({})
})
console.log(JSON.stringify(segment.subsegments))
process.exit()
`

let app: Awaited<ReturnType<typeof createProject>>

beforeAll(async () => {
  ;[app] = await Promise.all([createProject(), ensureSessionTable(table)])
  await install(app.project, tarball, ...PACKAGES)
  await writeFile(join(app.project, 'spans.mjs'), SPANS)
  await writeFile(join(app.project, 'segments.mjs'), SEGMENTS)
}, 300_000)
afterAll(async () => {
  await deleteSessionTable(table)
  await app?.remove()
})

const runs = async (program: string): Promise<unknown> => {
  const env = { ...serverEnvironment(table.endpoint), AWS_DYNAMO_DB_SESSION_TABLE_NAME: table.tableName }
  return JSON.parse(await run(app.project, env, process.execPath, program))
}

test('OpenTelemetry’s http has a client span of each request, and docs/tracing.md’s example what DynamoDB’s would say', async () => {
  const { code } = transformSync(readmeBlock('opentelemetry-requests', 'docs/tracing.md'), { loader: 'ts' })
  await writeFile(join(app.project, 'requests.mjs'), code)
  const where = { 'http.method': 'POST', 'net.peer.port': Number(new URL(table.endpoint).port), 'http.status_code': 200 }
  expect(await runs('spans.mjs')).toEqual([
    { name: 'POST', kind: 2, attributes: expect.objectContaining(where) },
    {
      name: 'DynamoDB.PutItem',
      kind: 2,
      attributes: {
        'db.system.name': 'aws.dynamodb',
        'db.operation.name': 'PutItem',
        'aws.dynamodb.table_names': [table.tableName],
        'cloud.region': 'us-east-1',
        'aws.request_id': expect.any(String),
        'dynamodb.attempts': 1,
      },
    },
  ])
})

test('X-Ray has a subsegment of each request', async () => {
  expect(await runs('segments.mjs')).toEqual([
    expect.objectContaining({
      name: '127.0.0.1',
      namespace: 'remote',
      http: expect.objectContaining({ response: expect.objectContaining({ status: 200 }) }),
    }),
  ])
})
