import type { Readable } from 'node:stream'
import type { Deadline } from '../../base/deadline.ts'
import type { Item } from '../model.ts'
import { inLine, tellAnswer } from '../attempt.ts'
import { addressOf } from '../endpoint.ts'
import { foreignTo } from '../foreign-answer.ts'
import type { Reach } from '../foreign-answer.ts'
import type { Slots } from '../slots.ts'
import { NEVER_CONNECTED, TIMEOUT, overdue } from '../transport-error.ts'
import type { TransportError } from '../transport-error.ts'
import type { Hooks } from '../transport.ts'

/** What one request carries through the SDK, and brings back. */
export interface Call {
  readonly hooks: Hooks | undefined
  /** No attempt is begun once it is over. */
  readonly deadline: Deadline | undefined
  /** What bounds how many are under way; `undefined` for a client that was given, which may be anybody's. */
  readonly slots: Slots | undefined
  /** Milliseconds from the send to the last byte of an attempt's answer; `undefined`: as the client has it. */
  readonly timeout: number | undefined
  /** What is sent: the input as the application's own middleware left it. */
  input: object | undefined
  /** What came back. */
  answer: object | undefined
  /** The item that made the condition fail. */
  failed: Item | undefined
  /** Why the last answer is not DynamoDB's, though the SDK may try again after it. */
  foreign: TransportError | undefined
  readonly reach: Reach
}

export type RawCommand = new (input: object, call: Call) => object

/** What a command of the AWS SDK and its client are, as far as this file needs to know. */
interface Stack {
  add(middleware: Middleware, options: { step: string; priority: string; name: string }): void
  addRelativeTo(middleware: Middleware, options: { relation: string; toMiddleware: string; name: string }): void
}
interface Command {
  readonly middlewareStack: Stack
  resolveMiddleware(stack: never, configuration: Config, options: never): unknown
}
interface Config {
  streamCollector(stream: unknown): Promise<Uint8Array>
}
interface Arguments {
  readonly input: object
  readonly request?: { readonly protocol: string; readonly hostname: string; readonly port?: number; body?: unknown }
  readonly [CALL]?: Call
}
interface Response {
  readonly statusCode: number
  readonly headers?: Readonly<Record<string, string>>
  body?: unknown
}
interface Result {
  readonly response: unknown
  readonly output?: object
}
type Next = (args: Arguments) => Promise<Result>
type Middleware = (next: Next) => Next

const CALL = Symbol('call')

/**
 * A command that is sent as DynamoDB's own JSON and returns what came back as it came: bytes (`B`) are base64 text on both ways.
 * The SDK finds the endpoint, signs, retries and makes the errors as ever. But it walks every attribute by a schema, there and
 * back, and that is four fifths of what a batch of 25 costs (https://github.com/smithy-lang/smithy-typescript).
 *
 * A class of its own, so that a client with `cacheMiddleware` composes its middleware once and apart from the plain command's: what
 * belongs to one request is found by its arguments. Middleware and tracers of the application see the command by its usual name.
 */
export function raw(Plain: new (input: never) => object): RawCommand {
  const Base = Plain as unknown as new (input: object) => Command
  class Raw extends Base {
    readonly [CALL]: Call

    constructor(input: object, call: Call) {
      super(input)
      this[CALL] = call
    }

    override resolveMiddleware(stack: never, configuration: Config, options: never): unknown {
      addTo(this.middlewareStack, configuration, this[CALL])
      return super.resolveMiddleware(stack, configuration, options)
    }
  }
  return Object.defineProperty(Raw, 'name', { value: Plain.name })
}

function addTo(stack: Stack, config: Config, { slots }: Call): void {
  // After whatever looks at the input: an endpoint may depend on the table's name.
  stack.addRelativeTo(hideInput, { relation: 'after', toMiddleware: 'endpointV2Middleware', name: 'dynamodbSessionsInput' })
  // Before the content's length is told and the request is signed.
  stack.addRelativeTo(writeBody, { relation: 'after', toMiddleware: 'serializerMiddleware', name: 'dynamodbSessionsBody' })
  // Within the attempts, and before one is dated by its signature and its time runs. A client that is given has no line, and composes its
  // middleware anew for each call: what it can do without is a gain.
  if (slots) stack.addRelativeTo(waitInLine, { relation: 'after', toMiddleware: 'retryMiddleware', name: 'dynamodbSessionsLine' })
  // After the signature, once for each attempt.
  stack.addRelativeTo(attempt(config), { relation: 'after', toMiddleware: 'deserializerMiddleware', name: 'dynamodbSessionsAttempt' })
}

/** Leaves the SDK's serializer nothing to do. */
const hideInput: Middleware = (next) => (args) => {
  callOf(args).input = args.input
  return next({ ...args, input: {} })
}

const writeBody: Middleware = (next) => async (args) => {
  const call = callOf(args)
  const input = call.input ?? args.input
  if (args.request) args.request.body = JSON.stringify(input)
  const result = await next({ ...args, input })
  if (result.output && call.answer) Object.assign(result.output, call.answer)
  return result
}

const waitInLine: Middleware = (next) => (args) => {
  const { slots, deadline } = callOf(args)
  return inLine(slots, deadline, () => next(args))
}

/** Tells what happens to an attempt, and takes the answer's body: the SDK's deserializer is left what it needs to know of an error. */
function attempt({ streamCollector }: Config): Middleware {
  return (next) => async (args) => {
    const call = callOf(args)
    const { hooks, timeout, slots, deadline } = call
    if (!slots && deadline && deadline.left() <= 0) throw overdue()
    const from = performance.now()
    hooks?.onSend?.()
    let result: Result
    try {
      result = await next(args)
    } catch (error) {
      if (!NEVER_CONNECTED.includes((error as { readonly code?: string }).code ?? '')) hooks?.onUnanswered?.()
      throw error
    }
    const response = result.response as Response
    const { statusCode: status } = response
    tellAnswer(hooks, slots, status, response.headers?.date)
    const { body } = response
    const left = timeout === undefined ? undefined : timeout - (performance.now() - from)
    const bytes = isReadable(body) ? await collect(body, left) : toBuffer(await streamCollector(body))
    call.answer = call.failed = undefined
    call.foreign = foreignTo(call.reach, args.request && addressOf(args.request), status, response.headers ?? {}, bytes)
    // After one of 5xx the SDK tries again first.
    if (call.foreign && status < 500) throw call.foreign
    if (status < 300) {
      call.answer = bytes.byteLength === 0 ? {} : (JSON.parse(bytes.toString()) as object)
      response.body = NOTHING
    } else response.body = withoutItem(bytes, call)
    return result
  }
}

function withoutItem(bytes: Buffer, call: Call): Buffer {
  try {
    const { Item: failed, ...rest } = JSON.parse(bytes.toString()) as { Item?: Item }
    if (!failed) return bytes
    call.failed = failed
    return Buffer.from(JSON.stringify(rest))
  } catch {
    return bytes // the SDK says what is wrong with it
  }
}

/** What the SDK is left to parse: no bytes at all, which it takes for an answer without members. */
const NOTHING = new Uint8Array()

/**
 * The whole body. The handler's timeouts end with an answer's headers and while its body drips: this one lasts until the body is there.
 * The SDK's own collector pipes it into a stream that is made for it, which costs more than reading it.
 */
function collect(body: Readable, milliseconds: number | undefined): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const late = (): void => void body.destroy(Object.assign(new Error('the answer was not complete'), { name: TIMEOUT }))
    const timer = milliseconds === undefined ? undefined : setTimeout(late, milliseconds)
    const chunks: Buffer[] = []
    body.on('data', (chunk: Buffer) => chunks.push(chunk))
    body.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)))
    body.on('error', reject)
    // Also where somebody else has destroyed it, without an error.
    body.on('close', () => {
      clearTimeout(timer)
      reject(Object.assign(new Error('the answer was not complete'), { name: 'ECONNRESET', code: 'ECONNRESET' }))
    })
  })
}

/** Any stream of Node, whoever made it. */
function isReadable(body: unknown): body is Readable {
  const { on, destroy } = (body ?? {}) as Partial<Readable>
  return typeof on === 'function' && typeof destroy === 'function'
}

function toBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

function callOf(args: Arguments): Call {
  const call = args[CALL]
  if (!call) throw new Error('a middleware of the client left out arguments that it was called with: it has to pass on all of them')
  return call
}
