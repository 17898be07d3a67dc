/** What a command of the AWS SDK and its client are, as far as this file needs to know. */
interface Stack {
  add(middleware: (next: Next) => Next, options: { step: string; priority: string; name: string }): void
  addRelativeTo(middleware: (next: Next) => Next, options: { relation: string; toMiddleware: string; name: string }): void
}
interface Config {
  streamCollector(stream: unknown): Promise<Uint8Array>
}
interface Command {
  readonly input: object
  readonly middlewareStack: Stack
  resolveMiddleware(stack: never, configuration: never, options: never): unknown
}
interface Arguments {
  readonly input: { readonly TableName?: string; readonly [CALL]?: Call }
  readonly request?: { body?: unknown; headers: Record<string, string> }
}
type Next = (args: Arguments) => Promise<{ response: unknown; output?: object }>

interface Call {
  readonly input: object
  answer?: object
}

const CALL = Symbol('call')
const OK = 200

/**
 * A command that is sent as DynamoDB's own JSON and answers what came back as it came: bytes (`B`) are base64 text on both ways.
 * The SDK finds the endpoint, signs, retries and makes the errors as ever. But it walks every attribute by a schema, there and
 * back, and that is four fifths of what a batch of 25 costs (https://github.com/smithy-lang/smithy-typescript).
 *
 * A class of its own, so that a client with `cacheMiddleware` composes its middleware once and apart from the plain command's.
 */
export function raw<Constructor extends new (input: never) => object>(Plain: Constructor): Constructor {
  const Base = Plain as unknown as new (input: object) => Command
  return class extends Base {
    override resolveMiddleware(stack: never, configuration: never, options: never): unknown {
      addTo(this.middlewareStack, configuration)
      return super.resolveMiddleware(stack, configuration, options)
    }
  } as unknown as Constructor
}

function addTo(stack: Stack, config: Config): void {
  stack.add(
    (next) => async (args) => {
      const call: Call = { input: args.input }
      const { TableName } = args.input
      // What the SDK must see to find the endpoint, and is cheap to serialize.
      const result = await next({ ...args, input: { ...(TableName === undefined ? {} : { TableName }), [CALL]: call } })
      return call.answer ? { ...result, output: { ...result.output, ...call.answer } } : result
    },
    { step: 'serialize', priority: 'high', name: 'dynamodbSessionsCall' },
  )
  stack.add(
    (next) => (args) => {
      if (args.request) args.request.body = JSON.stringify(args.input[CALL]?.input)
      return next(args)
    },
    // Before the content's length is told and the request is signed.
    { step: 'build', priority: 'high', name: 'dynamodbSessionsBody' },
  )
  stack.addRelativeTo(
    (next) => async (args) => {
      const result = await next(args)
      const response = result.response as { statusCode: number; body: unknown }
      const call = args.input[CALL]
      if (response.statusCode !== OK || !call) return result
      const bytes = await config.streamCollector(response.body)
      call.answer = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) as object
      // What the SDK is left to parse.
      response.body = Buffer.from('{}')
      return result
    },
    // Not nearer to the handler, so that what bounds an answer in time sees it before it is read.
    { relation: 'after', toMiddleware: 'deserializerMiddleware', name: 'dynamodbSessionsBytes' },
  )
}
