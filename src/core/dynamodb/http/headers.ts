// Headers that are not signed: who asks, and for which invocation of Lambda.
import { VERSION } from '../../base/shared.ts'

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-appid.html */
export function userAgent(appId: string | undefined): string {
  // Runtimes other than Node may lack either.
  const { platform = 'other', versions } = process as Partial<NodeJS.Process>
  const words = [`dynamodb-sessions/${VERSION}`, 'ua/2.1', `os/${platform}`, 'lang/js', `md/nodejs#${versions?.node ?? 'none'}`]
  const { AWS_EXECUTION_ENV: environment } = process.env
  if (environment) words.push(`exec-env/${inHeader(environment)}`)
  if (appId) words.push(`app/${inHeader(appId)}`)
  return words.join(' ')
}

/**
 * The trace that an invocation of Lambda belongs to: with several invocations at once the runtime keeps it for each, and the environment
 * cannot tell. https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
 */
export function traceId(): string | undefined {
  const { env } = process
  if (!env.AWS_LAMBDA_FUNCTION_NAME) return undefined
  const { awslambda } = globalThis as { readonly awslambda?: { readonly InvokeStore?: { getXRayTraceId?(): string | undefined } } }
  const id = awslambda?.InvokeStore?.getXRayTraceId?.() ?? env._X_AMZN_TRACE_ID
  return id && /^[\x20-\x7e]+$/.test(id) ? id : undefined
}

/** Without characters that a word of the header cannot have. */
function inHeader(word: string): string {
  return word.replace(/[^!$%&'*+\-.^_`|~\w]/g, '-')
}
