/** What a command of the AWS SDK and its client are, as far as this file needs to know. */
interface Command<Output> {
  readonly input: object
  readonly middlewareStack: {
    add(middleware: (next: Next<Output>) => Next<Output>, options: { step: string; priority: string; name: string }): void
  }
}
interface Client {
  send(command: unknown, options: object): Promise<unknown>
  readonly config: { streamCollector(stream: unknown): Promise<Uint8Array> }
}
interface Arguments {
  readonly input: object
  readonly request?: { body?: unknown; headers: Record<string, string> }
}
type Next<Output> = (args: Arguments) => Promise<{ response: unknown; output?: Output }>

const OK = 200

/**
 * Sends a command as DynamoDB's own JSON and answers what came back as it came: bytes (`B`) are base64 text on both ways.
 * The SDK finds the endpoint, signs, retries and makes the errors as ever. But it walks every attribute by a schema, there and
 * back, and that is four fifths of what a batch of 25 costs (https://github.com/smithy-lang/smithy-typescript).
 *
 * @param outline the part of the input that the SDK must see to find the endpoint; it is cheap to serialize.
 */
export async function sendRaw<Output>(client: unknown, command: unknown, outline: object): Promise<Output> {
  const { middlewareStack, input } = command as Command<Output>
  const to = client as Client
  let answer: Output | undefined
  middlewareStack.add((next) => (args) => next({ ...args, input: outline }), {
    step: 'serialize',
    priority: 'high',
    name: 'dynamodbSessionsOutline',
  })
  middlewareStack.add(
    (next) => (args) => {
      if (args.request) args.request.body = JSON.stringify(input)
      return next(args)
    },
    // Before the content's length is told and the request is signed.
    { step: 'build', priority: 'high', name: 'dynamodbSessionsBody' },
  )
  middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      return answer === undefined ? result : { ...result, output: { ...result.output, ...answer } }
    },
    { step: 'deserialize', priority: 'high', name: 'dynamodbSessionsAnswer' },
  )
  middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      const response = result.response as { statusCode: number; body: unknown }
      if (response.statusCode !== OK) return result
      const bytes = await to.config.streamCollector(response.body)
      answer = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) as Output
      // What the SDK is left to parse.
      response.body = Buffer.from('{}')
      return result
    },
    { step: 'deserialize', priority: 'low', name: 'dynamodbSessionsBytes' },
  )
  // With options of its own, even empty ones, a request passes by the cache of `cacheMiddleware`, which knows no such additions.
  return (await to.send(command, {})) as Output
}
