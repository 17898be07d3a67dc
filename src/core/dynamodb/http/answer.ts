// What an answer of HTTP says: DynamoDB's JSON, or how the request failed.
import type { IncomingHttpHeaders } from 'node:http'
import { crc32 } from 'node:zlib'
import { foreignTo } from '../foreign-answer.ts'
import type { Reach } from '../foreign-answer.ts'
import type { Item, Operation } from '../model.ts'
import { NO_JSON, TIMEOUT, TransportError, kindOfAnswer } from '../transport-error.ts'
import type { ErrorKind } from '../transport-error.ts'
import { Broken } from './exchange.ts'
import type { Received } from './exchange.ts'
import { WRONG_CHECKSUM } from './retry.ts'
import type { Failure } from './retry.ts'

/** A request that failed, with all that its error tells in the end. */
export interface Failed extends Failure {
  readonly kind: ErrorKind
  readonly requestId?: string | undefined
  readonly item?: Item | undefined
  readonly cause?: unknown
}

export interface Succeeded {
  readonly output: object
  readonly requestId: string | undefined
}

/** @param url where the request went. */
export function readAnswer(operation: Operation, { status, headers, bytes }: Received, url: string, reach: Reach): Succeeded | Failed {
  const requestId = textOf(headers, 'x-amzn-requestid') ?? textOf(headers, 'x-amzn-request-id') ?? textOf(headers, 'x-amz-request-id')
  const checksum = textOf(headers, 'x-amz-crc32')
  const failed = (): Pick<Failed, 'status' | 'requestId' | 'retryAfter'> => ({ status, requestId, retryAfter: retryAfterOf(headers) })
  if (checksum !== undefined && Number(checksum) !== crc32(bytes))
    return { ...failed(), kind: 'unparsable', name: WRONG_CHECKSUM, message: 'the answer is not what its checksum says' }
  const foreign = foreignTo(reach, url, status, headers as Record<string, string | undefined>, bytes)
  if (foreign) return { ...failed(), kind: foreign.kind, name: foreign.name, message: foreign.message }
  // It has nothing to return: no bytes at all, or an empty text of an engine.
  const hasOutput = status === 200 && operation !== 'TagResource'
  const told = !hasOutput && bytes.length <= 2 ? {} : parse(bytes)
  if (!told) return { ...failed(), kind: 'unparsable', name: 'SyntaxError', message: NO_JSON, cause: new SyntaxError(NO_JSON) }
  if (status === 200) return { output: told, requestId }
  const name = exactCode(told.__type ?? told.code ?? textOf(headers, 'x-amzn-errortype')) ?? 'UnknownError'
  const message = String(told.message ?? told.Message ?? `HTTP ${status}`)
  const item = told.Item as Item | undefined
  return { ...failed(), kind: kindOfAnswer(name, status) ?? 'other', name, message, item }
}

/** A request that no answer came to. */
export function failedOf(error: unknown): Failed {
  if (error instanceof TransportError) return error
  const cause = error instanceof Broken ? error.cause : error
  const { name, code, message } = cause as Error & { readonly code?: unknown }
  if (name === TIMEOUT || code === 'ETIMEDOUT') return { kind: 'timeout', name: TIMEOUT, message, cause }
  if (error instanceof Broken && typeof code === 'string') return { kind: 'unreachable', name: code, message, cause }
  return { kind: 'other', name, message, cause }
}

export function toError({ kind, name, message, ...more }: Failed, attempts: number): TransportError {
  return new TransportError(kind, name, message, { ...more, attempts })
}

function parse(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const told: unknown = JSON.parse(bytes.toString())
    return typeof told === 'object' && told !== null && !Array.isArray(told) ? (told as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** `com.amazonaws.dynamodb.v20120810#ThrottlingException:http://…` is a ThrottlingException. */
function exactCode(code: unknown): string | undefined {
  return code === undefined
    ? undefined
    : String(code)
        .replace(/[,:].*$/s, '')
        .replace(/^[^#]*#/, '')
}

/** Milliseconds: AWS's header has them, HTTP's has seconds or a date. */
function retryAfterOf(headers: IncomingHttpHeaders): number | undefined {
  const own = textOf(headers, 'x-amz-retry-after')
  const common = textOf(headers, 'retry-after')
  const wait =
    own !== undefined ? Number(own) : /^\d+(\.\d+)?$/.test(common ?? '') ? Number(common) * 1000 : Date.parse(common ?? '') - Date.now()
  return Number.isNaN(wait) ? undefined : wait
}

function textOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}
