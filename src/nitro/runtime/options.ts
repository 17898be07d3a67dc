// Gives the module's options to the process.
import type { DynamoSessionOptions } from '../../web/types.ts'
import { provideOptions } from '../../core/options/provided.ts'
import { optionsOf } from '../options.ts'

/** @param useRuntimeConfig Nitro's, which only code within the application's bundle can import. */
export default function provideRuntimeConfig(
  useRuntimeConfig: () => { readonly dynamodbSessions: Readonly<Record<string, unknown>> },
): void {
  let known: DynamoSessionOptions | undefined
  provideOptions(() => (known ??= optionsOf(useRuntimeConfig().dynamodbSessions)))
}
