import type { ClientOptions } from '../options/types.ts'
import { createSdkTransport } from './sdk/sdk.ts'
import type { Transport } from './transport.ts'

/** The way to DynamoDB that the options mean. */
export function openTransport(options: ClientOptions): Transport {
  return createSdkTransport(options)
}
