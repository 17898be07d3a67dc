import { BUNDLED_WRONG, TransportError } from '../transport-error.ts'

export type Sdk = typeof import('@aws-sdk/client-dynamodb')

/**
 * AWS's SDK, loaded when something first needs it. A literal name inside `try`: tools that trace files see it, and bundlers go on
 * without it.
 * @param reason what it is needed for.
 * @throws TransportError where it is not installed.
 */
export async function loadSdk(reason: string = 'the SDK sends'): Promise<Sdk> {
  try {
    const loaded: Sdk & { readonly default?: Sdk } = await import('@aws-sdk/client-dynamodb')
    // esbuild, where it splits what it bundles, gives a package in CommonJS by its default export only.
    return loaded.DynamoDBClient ? loaded : (loaded.default ?? loaded)
  } catch (cause) {
    throw new TransportError('sdkMissing', isBundledWrong(cause) ? BUNDLED_WRONG : 'ERR_MODULE_NOT_FOUND', reason, { cause })
  }
}

function isBundledWrong(cause: unknown): boolean {
  return cause instanceof Error && cause.message.startsWith('Dynamic require of')
}
