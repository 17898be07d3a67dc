import { sharedSlot } from '../base/shared.ts'
import type { Slot } from '../base/shared.ts'
import type { ClientOptions } from '../options/types.ts'
import { createHttpTransport } from './http/http.ts'
import { createSdkTransport } from './sdk/sdk.ts'
import type { Transport } from './transport.ts'

/** A client that carries a transport of its own: the tables in memory of `dynamodb-sessions/testing`. */
export const transportSlot: Slot<Transport> = sharedSlot<Transport>('transport', { isHidden: true })

/** The way to DynamoDB that the options mean. A client that is given has middleware of its own, which sees every request. */
export function openTransport(options: ClientOptions): Transport {
  const own = options.client && transportSlot.get(options.client)
  if (own) return own
  const openSdk = (): Transport => createSdkTransport(options)
  return options.client || options.transport === 'sdk' ? openSdk() : createHttpTransport(options, openSdk)
}
