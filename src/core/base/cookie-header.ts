/** Cookies of one name that are looked at. */
const MOST_LOOKED_AT = 16
/** Ids of one request that count: distinct ones, of cookies that are well signed. */
export const MOST_IDS = 4

/**
 * The values of the first cookies of a name in a Cookie header, as they came but for quotes around them: those of other paths and
 * domains come along, in whatever order. Such a header has no bound of its own, since sites raise that of their server.
 */
export function cookiesNamed(header: unknown, name: string): string[] {
  const values: string[] = []
  if (typeof header !== 'string') return values
  for (let start = 0; start < header.length && values.length < MOST_LOOKED_AT;) {
    const semicolon = header.indexOf(';', start)
    const end = semicolon === -1 ? header.length : semicolon
    const pair = header.slice(start, end)
    const equals = pair.indexOf('=')
    if (equals !== -1 && pair.slice(0, equals).trim() === name)
      values.push(
        pair
          .slice(equals + 1)
          .trim()
          .replace(/^"(.*)"$/, '$1'),
      )
    start = end + 1
  }
  return values
}

/** A value as it was before `encodeURIComponent`. What nobody could have encoded stays as it is. */
export function decodeCookie(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
