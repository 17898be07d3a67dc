import type { ArgDef, ArgsDef } from 'citty'
import { flagOf } from '../core/base/shell.ts'
import { checkOptions, isCodeOnly, isSwitch, parseText } from '../core/options/options.ts'
import type { SessionOptions } from '../core/options/options.ts'
import { closest } from '../core/options/spelling.ts'
import { parseArgs } from 'node:util'
import { UsageError } from './errors.ts'

/** Flags and positionals by their names in camelCase, as citty parsed them. */
export type Flags = Readonly<Record<string, string | boolean | undefined>>

/** Options that a flag can give; the others are functions and objects. */
export type OptionFlag = Exclude<
  keyof SessionOptions,
  'client' | 'credentials' | 'driver' | 'cookie' | 'migrate' | 'generateId' | 'errorHandler' | 'serializer'
>

const DESCRIPTIONS: Readonly<Record<OptionFlag, string>> = {
  tableName: 'The table (default sessions)',
  tableKey: 'Name of the hash key (default session_id)',
  keyPrefix: 'What every key begins with',
  sortKey: 'Name of the range key, where the table has one',
  sortKeyValue: 'Value of the range key in every item of ours',
  region: 'AWS region (default as the AWS SDK finds it)',
  endpoint: 'URL of the engine, for local development',
  configFile: 'Configuration file in place of dynamodb-sessions.config.*',
  consistentRead: 'Whether reads are strongly consistent',
  secretKey: 'Signs cookies; better given by the environment',
  name: 'Name of the cookie (h3)',
  maxAge: 'Absolute lifetime in seconds',
  maxStale: 'Idle lifetime in seconds',
  touchAfter: 'Seconds between touches',
  hashIds: 'Whether the table holds hashes of ids',
  onConflict: 'merge, overwrite or error',
  userIdKey: 'Data key that holds the user’s id',
  device: 'Whether log-ins keep what browser they came from',
  enableLocking: 'Whether requests hold locks',
  lockExpiryTime: 'Length of a lease in milliseconds',
  lockRetryDelay: 'Milliseconds between looks at a lock',
  lockMaxWaitTime: 'Seconds to wait for a lock',
  raiseErrors: 'Whether failed reads raise',
  compression: 'true, false or bytes from which data is compressed',
  maxDataSize: 'Bytes of data before it is packed, 524288 to 67108864',
  encryptionKey: 'Key of the data; better given by the environment',
  requireEncryption: 'Whether unencrypted data is refused',
  requestTimeout: 'Milliseconds of one attempt of a request',
  maxAttempts: 'Attempts of each request',
  maxSockets: 'Connections to DynamoDB at once',
  transport: 'http or sdk: who signs and sends',
  billingMode: 'PAY_PER_REQUEST or PROVISIONED',
  readCapacity: 'Read capacity units',
  writeCapacity: 'Write capacity units',
  ttl: 'Seconds that items written through unstorage live',
}

/** Every option that a text can give, as citty's arguments by the options' names. */
export const OPTION_FLAGS: Readonly<Record<OptionFlag, ArgDef>> = Object.fromEntries(
  Object.entries(DESCRIPTIONS).map(([name, description]) => [
    name,
    { type: isSwitch(name as OptionFlag) ? 'boolean' : 'string', description },
  ]),
) as Record<OptionFlag, ArgDef>

/** Those of these options that are set. */
export function pick<Name extends keyof SessionOptions>(options: SessionOptions, names: readonly Name[]): Pick<SessionOptions, Name> {
  const set = names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]]))
  return Object.fromEntries(set) as Pick<SessionOptions, Name>
}

/** The options that flags give, read and checked as environment variables are. */
export function optionsOf(flags: Flags): SessionOptions {
  const options: Record<string, unknown> = {}
  for (const name of Object.keys(OPTION_FLAGS) as OptionFlag[]) {
    const given = flags[name]
    if (given === undefined) continue
    const value = typeof given === 'string' && !isCodeOnly(name) ? parseText(name, given) : given
    Object.assign(
      options,
      checkOptions({ [name]: value }, () => `--${flagOf(name)}`),
    )
  }
  return options
}

/** A flag's number; a text that is none stays a text, for the option's own check to refuse. */
export function numberOf(text: string | boolean): number {
  return (typeof text === 'string' && /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text) as number
}

/**
 * Refuses what citty lets pass: unknown flags, flags without their value, values of flags that take none, flags given twice,
 * and too many or too few positionals.
 */
export function checkArgs(raw: readonly string[], args: ArgsDef): void {
  const named = Object.entries(args).filter(([, { type }]) => type !== 'positional')
  const names = named.map(([name]) => name)
  const { tokens } = parseArgs({
    args: [...raw],
    options: Object.fromEntries(
      named.map(([name, arg]) => [name, { type: arg.type === 'boolean' ? 'boolean' : 'string', ...shortOf(arg) }]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const seen = new Set<string>()
  let positionals = 0
  for (const token of tokens) {
    if (token.kind === 'positional') positionals++
    if (token.kind !== 'option') continue
    const { rawName, value, inlineValue } = token
    const isNegated = token.name.startsWith('no-') && args[token.name.slice(3)]?.type === 'boolean'
    const name = isNegated ? token.name.slice(3) : token.name
    const arg = Object.hasOwn(args, name) ? args[name] : undefined
    if (!arg || arg.type === 'positional') throw new UsageError(`There is no flag ${rawName}${suggestionFor(token.name, names)}`)
    if (seen.has(name)) throw new UsageError(`The flag ${rawName} is given twice`)
    seen.add(name)
    if (arg.type === 'boolean') {
      if (value !== undefined && (isNegated || !/^(true|false)$/.test(value))) {
        throw new UsageError(`The flag --${name} takes no value: write --${name} or --no-${name}`)
      }
    } else if (value === undefined) throw new UsageError(`The flag ${rawName} needs a value`)
    else if (!inlineValue && /^-\D/.test(value)) {
      throw new UsageError(`The flag ${rawName} needs a value; one that begins with - is written ${rawName}=VALUE`)
    }
  }
  const expected = Object.keys(args).length - named.length
  // Not shown: what is in the wrong place may be a secret.
  if (positionals > expected)
    throw new UsageError(`There are ${positionals} arguments besides the flags, ${expected || 'none'} at most is taken`)
}

/** The closest name, as the end of a sentence. */
export function suggestionFor(name: string, candidates: readonly string[], prefix = '--'): string {
  const kebab = flagOf(name)
  const known = candidates.includes(kebab)
    ? kebab
    : (closest(kebab, candidates) ?? candidates.find((candidate) => candidate.endsWith(`-${kebab}`)))
  return known ? `; did you mean ${prefix}${known}?` : '; --help lists what there is'
}

function shortOf(arg: ArgDef): { short?: string } {
  const alias = 'alias' in arg ? [arg.alias].flat()[0] : undefined
  return alias === undefined ? {} : { short: alias }
}
