// A client that tells what it is called with, and what the suites of the port send.
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Item } from '../../../src/core/dynamodb/model.ts'
import { bareClient } from '../../support/engines.ts'

/** Bytes of every value, one after the other. */
export const BYTES: string = Buffer.from(Array.from({ length: 256 }, (_, n) => n)).toString('base64')

let keys = 0
/** The key of an item that no other test has. */
export const newKey = (): Item => ({ session_id: { S: `key ${keys++}` } })

export interface Seen {
  readonly step: string
  readonly command: unknown
  readonly input: unknown
}

/** A client whose middleware looks at what it is called with, in every step. */
export function watched(endpoint: string): { client: DynamoDBClient; seen: Seen[]; outputs: unknown[] } {
  const seen: Seen[] = []
  const outputs: unknown[] = []
  const logger = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }
  const client = bareClient(endpoint, { logger })
  for (const step of ['initialize', 'serialize', 'build', 'finalizeRequest', 'deserialize'] as const) {
    client.middlewareStack.add(
      ((next: (args: { input: object }) => Promise<{ output: unknown }>, context: { commandName?: string }) =>
        async (args: { input: object }) => {
          seen.push({ step, command: context.commandName, input: structuredClone({ ...args.input }) })
          const result = await next(args)
          if (step === 'initialize') outputs.push(result.output)
          return result
        }) as never,
      { step, name: `look at ${step}` } as never,
    )
  }
  return { client, seen, outputs }
}
