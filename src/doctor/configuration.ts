import type { Check } from './check.ts'
import { prefixProblem } from '../core/items/own-keys.ts'
import { SHORTEST_SECRET } from '../core/options/short-secret.ts'
import type { ResolvedOptions, SessionOptions } from '../core/options/options.ts'

/** What could be wrong with options although each of them is valid. Nothing here shows a secret. */
export function checkConfiguration(given: SessionOptions, options: ResolvedOptions, unstorage: boolean): Check[] {
  return [secrets(options), lifetimes(given, options), ...locking(options), ...prefix(options, unstorage), ...habits(options)]
}

/** Characters that make a secret of random letters as hard to guess as its hash: h3's own minimum too. */
const LONG_ENOUGH = 32
const GUESSED = /^(?:secret|s3cr[e3]ts?|password|passw0rd|changeme|change-?me|keyboard cat|test|dev(?:elopment)?|example|default)/i
const MAKE_ONE =
  'set AWS_DYNAMO_DB_SESSION_SECRET_KEY to what `openssl rand -base64 32` prints; keep the old one second in the list while its cookies live'

function secrets({ secretKey, encryptionKey, cookie }: ResolvedOptions): Check {
  const name = 'secret'
  const list = [secretKey ?? []].flat()
  const [signing] = list
  const { secrets: own, isSigned } = (cookie ?? {}) as { secrets?: unknown; isSigned?: unknown }
  if (signing === undefined) {
    if (isSigned === true || (Array.isArray(own) && own.length > 0)) return { name, status: 'ok', detail: 'the cookie has its own secrets' }
    const detail = 'there is no `secretKey`; h3 needs it, React Router and Remix 2 need it or `cookie.secrets`, the bare store does not'
    return { name, status: 'warning', detail, remedy: MAKE_ONE }
  }
  if (signing.length < SHORTEST_SECRET || new Set(signing).size < 6 || GUESSED.test(signing)) {
    return { name, status: 'fault', detail: 'the `secretKey` can be guessed, and with it any cookie be signed', remedy: MAKE_ONE }
  }
  if ([encryptionKey ?? []].flat().some((key) => list.includes(key))) {
    const remedy = 'give each purpose a secret of its own; keep the shared one second in both lists for the time being'
    return { name, status: 'warning', detail: 'a `secretKey` is an `encryptionKey` too', remedy }
  }
  if (signing.length < LONG_ENOUGH) {
    return { name, status: 'warning', detail: `the \`secretKey\` is shorter than ${LONG_ENOUGH} characters`, remedy: MAKE_ONE }
  }
  return { name, status: 'ok', detail: list.length > 1 ? `${list.length} secrets, the first signs` : 'there is a `secretKey`' }
}

function lifetimes(given: SessionOptions, { maxAge, maxStale, touchAfter }: ResolvedOptions): Check {
  const name = 'lifetimes'
  const idle = maxStale > 0 ? `idle ${duration(maxStale)}` : 'no idle limit'
  const detail = `${idle}, ${maxAge === undefined ? 'no absolute limit' : `at most ${duration(maxAge)}`}`
  const warn = (problem: string, remedy: string): Check => ({ name, status: 'warning', detail: `${detail}; ${problem}`, remedy })
  if (maxStale === 0 && maxAge === undefined) return warn('sessions never end', 'set `maxStale`, `maxAge` or both, in seconds')
  if (maxAge !== undefined && given.maxStale !== undefined && maxStale >= maxAge) {
    return warn('no session is ever idle for so long', 'set `maxStale` below `maxAge`, or leave it out')
  }
  if (touchAfter === 0) return warn('every use of a session writes', 'leave `touchAfter` out, or set it to some minutes')
  return { name, status: 'ok', detail }
}

function locking({ enableLocking, lockExpiryTime, lockMaxWaitTime }: ResolvedOptions): Check[] {
  if (!enableLocking) return []
  const detail = `leases of ${lockExpiryTime} ms, waits of ${lockMaxWaitTime} s`
  if (lockExpiryTime < lockMaxWaitTime * 1000) return [{ name: 'locking', status: 'ok', detail }]
  const problem = `${detail}; whoever waits for a lock whose holder died gives up before the lease ends`
  return [
    {
      name: 'locking',
      status: 'warning',
      detail: problem,
      remedy: 'set `lockMaxWaitTime` (seconds) above `lockExpiryTime` (milliseconds)',
    },
  ]
}

function prefix(options: ResolvedOptions, unstorage: boolean): Check[] {
  const { keyPrefix } = options
  if (keyPrefix === '') return []
  const name = 'prefix'
  const problem = prefixProblem(options)
  if (problem === undefined) {
    const detail = `keys begin with ${keyPrefix}; a policy for them also matches longer prefixes, such as ${keyPrefix}admin${keyPrefix.at(-1)}`
    return [{ name, status: 'ok', detail }]
  }
  const remedy = `set \`keyPrefix\` to \`${keyPrefix}:\`; everybody is logged out by that`
  const detail = `${keyPrefix} ${problem}; policies match those too${unstorage ? ', and the driver refuses it' : ''}`
  return [{ name, status: unstorage ? 'fault' : 'warning', detail, remedy }]
}

function habits({ raiseErrors, errorHandler, hashIds }: ResolvedOptions): Check[] {
  const checks: Check[] = []
  if (!raiseErrors && !errorHandler) {
    const remedy = 'set `errorHandler` in code, or `raiseErrors: true`'
    checks.push({ name: 'errors', status: 'warning', detail: 'with `raiseErrors: false` nobody is told of failed reads', remedy })
  }
  if (!hashIds) {
    const detail = 'with `hashIds: false` the table holds ids: whoever reads it can take over sessions'
    checks.push({ name: 'ids', status: 'warning', detail, remedy: 'leave `hashIds` out, unless the Ruby gem shares the table' })
  }
  return checks
}

function duration(seconds: number): string {
  const units: [number, string][] = [
    [86_400, 'days'],
    [3600, 'hours'],
    [60, 'minutes'],
  ]
  const [size, unit] = units.find(([length]) => seconds >= 2 * length) ?? [1, 'seconds']
  return `${Number((seconds / size).toFixed(1))} ${unit}`
}
