// Values as text of the languages that templates are written in. No template is put together by hand: a name or a tag may
// hold any character.

// Symbols, since a tag may have any name.
const RAW: unique symbol = Symbol('raw')
const BLOCKS: unique symbol = Symbol('blocks')

/** Text that goes into a template as it is: a reference, an expression. */
export interface Raw {
  readonly [RAW]: string
}

/** One or more nested blocks of HCL. */
export interface Blocks {
  readonly [BLOCKS]: readonly Body[]
}

export type Value = string | number | boolean | undefined | Raw | readonly Value[] | { readonly [name: string]: Value }
export type Body = Readonly<Record<string, Value | Blocks>>

export function raw(text: string): Raw {
  return { [RAW]: text }
}

export function blocks(...bodies: Body[]): Blocks {
  return { [BLOCKS]: bodies }
}

/** YAML, at an indentation of `depth` steps; it begins with a line break where the value is not a scalar. */
export function toYaml(value: Value, depth = 0): string {
  const indent = `\n${'  '.repeat(depth)}`
  if (isRaw(value)) return value[RAW]
  if (typeof value === 'string') return isPlain(value) ? value : JSON.stringify(value)
  if (Array.isArray(value)) return value.map((item: Value) => `${indent}- ${toYaml(item, depth + 1).trimStart()}`).join('')
  if (typeof value !== 'object') return String(value)
  return entriesOf(value)
    .map(([name, item]) => {
      const text = toYaml(item, depth + 1)
      return `${indent}${isPlain(name) ? name : JSON.stringify(name)}:${text.startsWith('\n') ? '' : ' '}${text}`
    })
    .join('')
}

/** A TypeScript expression. */
export function toTypeScript(value: Value, depth = 0): string {
  const indent = `\n${'  '.repeat(depth + 1)}`
  const end = `\n${'  '.repeat(depth)}`
  if (isRaw(value)) return value[RAW]
  if (typeof value === 'string') return quoteTypeScript(value)
  if (Array.isArray(value)) {
    const items = value.map((item: Value) => toTypeScript(item, depth + 1))
    const line = `[${items.join(', ')}]`
    return isShort(line, depth) ? line : `[${items.map((item) => `${indent}${item},`).join('')}${end}]`
  }
  if (typeof value !== 'object') return String(value)
  const entries = entriesOf(value).map(([name, item]) => `${nameInTypeScript(name)}: ${toTypeScript(item, depth + 1)}`)
  if (entries.length === 0) return '{}'
  const line = `{ ${entries.join(', ')} }`
  return isShort(line, depth) ? line : `{${entries.map((entry) => `${indent}${entry},`).join('')}${end}}`
}

/** The inside of an HCL block, as `terraform fmt` would have it. */
export function toHcl(body: Body, depth = 0): string {
  const indent = '  '.repeat(depth)
  const parts: string[] = []
  let attributes: [string, string][] = []
  const flush = (): void => {
    if (attributes.length > 0) parts.push(aligned(attributes, indent))
    attributes = []
  }
  for (const [name, value] of Object.entries(body)) {
    if (value === undefined) continue
    if (isBlocks(value)) {
      flush()
      for (const inner of value[BLOCKS]) parts.push(`${indent}${name} {\n${toHcl(inner, depth + 1)}\n${indent}}`)
    } else attributes.push([name, toHclValue(value, depth)])
  }
  flush()
  return parts.join('\n\n')
}

function toHclValue(value: Value, depth: number): string {
  const indent = '  '.repeat(depth + 1)
  if (isRaw(value)) return value[RAW]
  if (typeof value === 'string') return quoteHcl(value)
  if (Array.isArray(value)) {
    const items = value.map((item: Value) => toHclValue(item, depth + 1))
    const line = `[${items.join(', ')}]`
    return isShort(line, depth) ? line : `[\n${items.map((item) => `${indent}${item},\n`).join('')}${'  '.repeat(depth)}]`
  }
  if (typeof value !== 'object') return String(value)
  const entries = entriesOf(value).map(([name, item]): [string, string] => [quoteHcl(name), toHclValue(item, depth + 1)])
  return `{\n${aligned(entries, indent)}\n${'  '.repeat(depth)}}`
}

/** Neighbours of one line each have their `=` in one column. */
function aligned(entries: readonly [string, string][], indent: string): string {
  const isLine = (index: number): boolean => entries[index]?.[1].includes('\n') === false
  return entries
    .map(([name, text], index) => {
      let [first, last] = [index, index]
      if (isLine(index)) {
        while (isLine(first - 1)) first--
        while (isLine(last + 1)) last++
      }
      const width = Math.max(...entries.slice(first, last + 1).map(([neighbour]) => neighbour.length))
      return `${indent}${name.padEnd(width)} = ${text}`
    })
    .join('\n')
}

/** https://developer.hashicorp.com/terraform/language/expressions/strings */
function quoteHcl(text: string): string {
  const escaped = JSON.stringify(text).replace(/\\([bf])/g, (_, letter: string) => (letter === 'b' ? '\\u0008' : '\\u000c'))
  return escaped.replace(/[$%](?=\{)/g, '$&$&')
}

function quoteTypeScript(text: string): string {
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"')
  return `'${escaped.replaceAll("'", "\\'").replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}'`
}

function nameInTypeScript(name: string): string {
  // Without brackets it would set the prototype.
  if (name === '__proto__') return "['__proto__']"
  return /^[A-Za-z_]\w*$/.test(name) ? name : quoteTypeScript(name)
}

/** Whether no YAML parser, of version 1.1 or 1.2, takes the text for anything but itself. */
function isPlain(text: string): boolean {
  return /^[A-Za-z][\w:/.-]*\w$/.test(text) && !/^(?:true|false|yes|no|on|off|null)$/i.test(text)
}

function isShort(line: string, depth: number): boolean {
  return !line.includes('\n') && line.length + depth * 2 <= 90
}

function isRaw(value: Value | Blocks): value is Raw {
  return typeof value === 'object' && RAW in value
}

function isBlocks(value: Value | Blocks): value is Blocks {
  return typeof value === 'object' && BLOCKS in value
}

function entriesOf(value: object): [string, Value][] {
  return Object.entries(value as Record<string, Value>).filter(([, item]) => item !== undefined)
}
