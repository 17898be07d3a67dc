import type { ClientOptions } from '../options/types.ts'
import { createHttpTransport } from './http/http.ts'
import { createSdkTransport } from './sdk/sdk.ts'
import type { Transport } from './transport.ts'

/** The way to DynamoDB that the options mean. A client that is given has middleware of its own, which sees every request. */
export function openTransport(options: ClientOptions): Transport {
  const openSdk = (): Transport => createSdkTransport(options)
  return options.client || options.transport === 'sdk' ? openSdk() : createHttpTransport(options, openSdk)
}
