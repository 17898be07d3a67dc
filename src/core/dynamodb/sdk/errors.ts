import type { Item } from '../model.ts'
import { NO_JSON, TIMEOUT, TransportError, kindOfAnswer } from '../transport-error.ts'
import type { ErrorKind } from '../transport-error.ts'
import type { Call } from './raw.ts'

/** What the SDK's errors carry, as far as it is read here. */
interface SdkError extends Error {
  /** Of the network. */
  readonly code?: unknown
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string; readonly attempts?: number }
  /** What made a condition fail, from a client that is a double for tests. */
  readonly Item?: Item
}

/** An error of the SDK as one of the port. */
export function toTransportError(error: unknown, { failed: item, foreign }: Partial<Call> = {}): TransportError {
  if (error instanceof TransportError) return error
  if (!(error instanceof Error)) return new TransportError('other', 'Error', 'for an unknown reason', { cause: error })
  const { name, message, code, $metadata: { httpStatusCode: status, requestId, attempts = 1 } = {}, Item: told } = error as SdkError
  const more = { attempts, status, requestId, item: item ?? told, cause: error }
  const kind = kindOf(error as SdkError, status)
  if (foreign && GUESSED.has(kind)) return foreign
  if (kind === 'unparsable') return new TransportError(kind, name, NO_JSON, { ...more, cause: new SyntaxError(NO_JSON) })
  return new TransportError(kind, kind === 'unreachable' ? String(code) : name, message, more)
}

/** What the SDK makes of a page. */
const GUESSED: ReadonlySet<ErrorKind> = new Set(['server', 'unparsable', 'other'])

function kindOf(error: SdkError, status: number | undefined): ErrorKind {
  const { name, message, code } = error
  if (error instanceof SyntaxError) return 'unparsable'
  if (message.startsWith('Region is missing')) return 'regionMissing'
  if (message.startsWith('Region not accepted')) return 'regionInvalid'
  if (name === 'CredentialsProviderError') return 'credentialsMissing'
  if (message.includes('Invalid URL')) return 'endpointInvalid'
  // The SDK calls a broken connection a TimeoutError as well, and keeps its code.
  if (code === 'ETIMEDOUT' || (name === TIMEOUT && code === undefined)) return 'timeout'
  return kindOfAnswer(name, status) ?? (typeof code === 'string' ? 'unreachable' : 'other')
}
