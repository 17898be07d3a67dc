// No engine, but a server that answers what garbage collection asks, at once and from memory, and deletes nothing. What is left
// to measure are the clients. `stub.ts RECORDS` prints its endpoint.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

interface Asked {
  Segment?: number
  TotalSegments?: number
  Limit?: number
  ProjectionExpression?: string
  ExclusiveStartKey?: { session_id: { S: string } }
  Statements?: unknown[]
}

const records = Number(process.argv[2])
/** About as many as fit into a megabyte, where DynamoDB ends a page. */
const ITEMS_PER_PAGE = 6000
const time = { N: String(Date.now() / 1000 - 2 * 86_400) }
const keys = Array.from({ length: records }, (_, n) => ({ session_id: { S: String(n).padStart(64, '0') } }))
const keyTexts = keys.map((key) => JSON.stringify(key))
const itemTexts = keys.map((key) => JSON.stringify({ ...key, created_at: time, updated_at: time }))

const answers: Record<string, (asked: Asked) => string> = {
  DescribeTable: () => '{"Table":{"KeySchema":[{"AttributeName":"session_id","KeyType":"HASH"}]}}',
  DescribeTimeToLive: () => '{"TimeToLiveDescription":{"TimeToLiveStatus":"DISABLED"}}',
  Scan({ Segment = 0, TotalSegments = 1, Limit = ITEMS_PER_PAGE, ProjectionExpression, ExclusiveStartKey }) {
    const startOf = (segment: number): number => Math.ceil((segment * records) / TotalSegments)
    const from = ExclusiveStartKey ? Number(ExclusiveStartKey.session_id.S) + 1 : startOf(Segment)
    const to = Math.min(from + Math.min(Limit, ITEMS_PER_PAGE), startOf(Segment + 1))
    const page = (ProjectionExpression === 'session_id' ? keyTexts : itemTexts).slice(from, to)
    const last = to < startOf(Segment + 1) ? `,"LastEvaluatedKey":${keyTexts[to - 1]}` : ''
    return `{"Items":[${page.join(',')}],"Count":${page.length}${last},"ConsumedCapacity":{"CapacityUnits":16.5}}`
  },
  BatchWriteItem: () => '{"UnprocessedItems":{}}',
  BatchExecuteStatement: ({ Statements = [] }) =>
    JSON.stringify({
      Responses: Statements.map(() => ({ TableName: 'bench-gc' })),
      ConsumedCapacity: [{ TableName: 'bench-gc', CapacityUnits: Statements.length }],
    }),
}

const server = createServer(async (request, response) => {
  const answer = answers[String(request.headers['x-amz-target']).replace(/^.*\./, '')]
  const body = answer?.(JSON.parse(await text(request)) as Asked)
  response.writeHead(body === undefined ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' }).end(body)
})
// As the engine: it lives as long as its starter.
process.stdin.once('close', () => process.exit(0)).resume()
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
