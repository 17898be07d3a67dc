// Integers of other programs. JavaScript rounds those above 2^53, so that data which was parsed and written again would change them: the
// text of what nobody changed is kept as it was.

/** No integer below 2^53 has more digits, and few texts have as many: everything else is done with at once. */
const SUSPECT = /\d{16}/
/** Strings, which may hold digits, and numbers. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
const INTEGER = /^-?\d+$/

/**
 * The text of an object, with the texts that `before` has of every top-level value which reads the same.
 * @param more further texts that the object's values may come from.
 * @returns `undefined` where a value that changed holds an integer that was rounded when it was read.
 */
export function keepTexts(text: string, before: string, ...more: readonly string[]): string | undefined {
  if (text === before || !(SUSPECT.test(before) || more.some((other) => SUSPECT.test(other)))) return text
  const rounded = new Set([before, ...more].flatMap(roundedIn))
  if (rounded.size === 0) return text
  const isRounded = (value: string): boolean => numbersIn(value).some((number) => rounded.has(number))
  const members = membersOf(text)
  if (!members) return isRounded(text) ? undefined : text
  const was = membersOf(before)
  const entries: string[] = []
  for (const [key, value] of members) {
    const old = was?.get(key)
    const isSame = old !== undefined && (old === value || JSON.stringify(JSON.parse(old)) === value)
    if (!isSame && isRounded(value)) return undefined
    entries.push(`${JSON.stringify(key)}:${isSame ? old : value}`)
  }
  return `{${entries.join(',')}}`
}

/** The digits of a top-level value that is an integer; `undefined` for any other. */
export function integerAt(text: string, key: string): string | undefined {
  const value = membersOf(text)?.get(key)
  return value !== undefined && INTEGER.test(value) ? value : undefined
}

/** The integers of a text that JavaScript rounds, as it writes them. */
function roundedIn(text: string): string[] {
  const rounded: string[] = []
  if (!SUSPECT.test(text)) return rounded
  for (const token of numbersIn(text)) {
    if (token.length < 16 || !INTEGER.test(token)) continue
    const read = Number(token)
    if (!Number.isFinite(read) || BigInt(token) !== BigInt(read)) rounded.push(JSON.stringify(read))
  }
  return rounded
}

function numbersIn(text: string): string[] {
  return (text.match(TOKENS) ?? []).filter((token) => !token.startsWith('"'))
}

/** The top-level values of a JSON text by key, each as its text; `undefined` where it is no object. */
function membersOf(text: string): Map<string, string> | undefined {
  const start = text.search(/\S/)
  if (text[start] !== '{') return undefined
  const members = new Map<string, string>()
  let [depth, from, key] = [0, 0, '']
  const end = (at: number): void => {
    const value = text.slice(from, at).trim()
    // Of a key that comes twice the last counts, as for a parser.
    if (value !== '') members.set(key, value)
  }
  for (let at = start; at < text.length; at++) {
    const character = text[at]
    if (character === '"') {
      const opened = at
      while (text[++at] !== '"') if (text[at] === '\\') at++
      if (depth === 1 && from === 0) key = JSON.parse(text.slice(opened, at + 1)) as string
    } else if (character === ':' && depth === 1) from = at + 1
    else if (character === '{' || character === '[') depth++
    else if (character === '}' || character === ']') {
      if (depth === 1 && from > 0) end(at)
      depth--
    } else if (character === ',' && depth === 1) {
      end(at)
      from = 0
    }
  }
  return members
}
