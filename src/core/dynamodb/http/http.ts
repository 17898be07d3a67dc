import { randomUUID } from 'node:crypto'
import type { Deadline } from '../../base/deadline.ts'
import { sleep } from '../../base/wait.ts'
import type { ClientOptions } from '../../options/types.ts'
import type { Operation } from '../model.ts'
import { inLine, tellAnswer } from '../attempt.ts'
import type { Reach } from '../foreign-answer.ts'
import { connectionsOf, createShares } from '../shared-connections.ts'
import { MAX_SOCKETS, createLines } from '../slots.ts'
import { createUse } from '../use.ts'
import type { Hooks, Transport } from '../transport.ts'
import { CLOSED } from '../transport-error.ts'
import { failedOf, readAnswer, toError } from './answer.ts'
import type { Failed, Succeeded } from './answer.ts'
import { createClock } from './clock.ts'
import { Broken, createExchanges } from './exchange.ts'
import type { Exchanges } from './exchange.ts'
import { traceId } from './headers.ts'
import { createRetries } from './retry.ts'
import { createRoute } from './route.ts'
import type { Leg } from './route.ts'
import { createSigner } from './sign.ts'

/** What the options have for defaults, for whoever opens a transport without them. */
const MAX_ATTEMPTS = 3
const REQUEST_TIMEOUT = 3000

/**
 * Signs and sends by itself, over Node's own HTTP. What it does not know without AWS's SDK, it asks the SDK.
 * @param openSdk the SDK's own way, for what only that can do.
 */
export function createHttpTransport(options: ClientOptions, openSdk: () => Transport): Transport {
  const { maxAttempts = MAX_ATTEMPTS, requestTimeout = REQUEST_TIMEOUT, maxSockets = MAX_SOCKETS } = options
  const name = connectionsOf(options)
  const share = shares(name)
  const open = (): Exchanges => createExchanges(maxSockets, requestTimeout)
  const slots = slotsFor(name, maxSockets)
  const retries = createRetries(maxAttempts)
  const clock = createClock()
  const sign = createSigner()
  const route = createRoute(options)
  const reach: Reach = { isDynamoDBs: false }
  let sdk: Transport | undefined

  /** The SDK's own way where nothing else does what is configured. */
  const otherWay = async (): Promise<Transport | undefined> => ((await route.isSdkOnly()) ? sdkTransport() : undefined)
  const sdkTransport = (): Transport => (sdk ??= openSdk())

  /** One attempt; that of a read whose connection was closed at the moment of its use goes again at once. */
  async function attempt(request: Request, made: number, leg: Leg, hooks: Hooks | undefined): Promise<Succeeded | Failed> {
    const { operation, target, invocation, body } = request
    const trace = traceId()
    for (let isAgain = false; ; isAgain = true) {
      const [sentAt, signedAt] = [Date.now(), clock.now()]
      const count = `attempt=${made}; max=${maxAttempts}`
      const { place, by } = leg
      const { host, path, signedFor: region } = place
      const headers = sign({ host, path, region, body, time: signedAt, target, invocation, attempt: count }, by)
      headers['content-length'] = request.length
      headers['user-agent'] = leg.userAgent
      if (trace !== undefined) headers['x-amzn-trace-id'] = trace
      try {
        const received = await share.get(open).exchange(place, headers, body, () => hooks?.onSend?.())
        const { status, headers: told } = received
        tellAnswer(hooks, slots, status, told.date)
        const answer = readAnswer(operation, received, leg.url, reach)
        const isClockMended = clock.learn(told, sentAt, signedAt)
        return 'output' in answer ? answer : { ...answer, isClockMended }
      } catch (error) {
        if (!(error instanceof Broken)) return failedOf(error)
        if (error.wasSent) hooks?.onUnanswered?.()
        const failed = failedOf(error)
        if (isAgain || !error.isReused || !CLOSED.includes(failed.name) || !READS.test(operation)) return failed
      }
    }
  }

  /** The attempt is signed by the credentials of when it gets its place. */
  async function attemptInLine(request: Request, made: number, hooks: Hooks | undefined, deadline: Deadline | undefined) {
    const found = route.current() ?? (await route.find())
    return inLine(slots, deadline, () => attempt(request, made, route.current() ?? found, hooks))
  }

  async function send(operation: Operation, input: object, hooks: Hooks | undefined, deadline: Deadline | undefined) {
    const body = JSON.stringify(input)
    const request: Request = {
      operation,
      target: `DynamoDB_20120810.${operation}`,
      body,
      length: String(Buffer.byteLength(body)),
      invocation: randomUUID(),
    }
    let lastCost: number | undefined
    for (let made = 1; ; made++) {
      const result = await attemptInLine(request, made, hooks, deadline)
      if ('output' in result) {
        retries.succeeded(lastCost)
        return { output: result.output, attempts: made, requestId: result.requestId }
      }
      const next = retries.next(result, made)
      if (!next) throw toError(result, made)
      lastCost = next.cost
      await sleep(next.wait)
    }
  }

  const { during, dispose } = createUse(() => {
    share.close()
    route.close()
    sdk?.dispose()
    sdk = undefined
  })

  return {
    dispose,
    client: async () => sdkTransport().client(),
    way: async () => (await otherWay())?.way() ?? route.way(),
    region: async () => (await otherWay())?.region() ?? route.region(),
    endpoint: async () => (await otherWay().catch(() => undefined))?.endpoint() ?? route.endpoint(),
    credentials: async () => (await otherWay())?.credentials() ?? route.credentials(),

    // What is sent the other way waits in a line of its own.
    clock: () => slots.clock() + (sdk ? sdk.clock() - performance.now() : 0),

    send: (operation, input, hooks, deadline) =>
      during(async () => {
        const other = route.current() ? undefined : await otherWay()
        return (await (other ? other.send(operation, input, hooks, deadline) : send(operation, input, hooks, deadline))) as never
      }),
  }
}

interface Request {
  readonly operation: Operation
  readonly target: string
  readonly body: string
  /** Of the body, in bytes. */
  readonly length: string
  /** One for all attempts. */
  readonly invocation: string
}

/** Of this transport's own connections: the other one's are others. */
const slotsFor = createLines()
const shares = createShares<Exchanges>((exchanges) => exchanges.close())

const READS = /^(?:Get|BatchGet|Query|Scan|Describe|List)/
