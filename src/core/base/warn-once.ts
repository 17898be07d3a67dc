const warned = new Map<string, Set<string>>()
/** For each code: what a warning is about may be whatever a client sent. */
const MOST = 100

/**
 * Warns once in a process, by `process.emitWarning`.
 * @param about what it is once for, in place of all.
 */
export function warnOnce(code: string, message: string, about = ''): void {
  const known = warned.get(code) ?? new Set()
  warned.set(code, known)
  if (known.has(about) || known.size >= MOST) return
  known.add(about)
  process.emitWarning(message, { type: 'DynamoSessionWarning', code })
}
