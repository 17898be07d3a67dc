// How text is laid out in the columns that there are; `Infinity` where nobody looks, as in a pipe.
import { stripVTControlCharacters } from 'node:util'

/** Below that a cell says nothing. */
const NARROWEST = 10
const GAP = '  '

/**
 * Rows in columns, as wide as their widest cell. Where they do not fit, a last of two columns goes on below itself, word by word; of
 * more columns the widest are cut, the first apart.
 */
export function formatRows(rows: readonly (readonly string[])[], columns: number = Infinity): string {
  const widths: number[] = []
  for (const row of rows) for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, widthOf(cell))
  const padded = (cell: string, index: number): string => cell + ' '.repeat(Math.max(0, (widths[index] ?? 0) - widthOf(cell)))
  const joined = (row: readonly string[]): string => row.map(padded).join(GAP).trimEnd()
  const [first = 0] = widths
  if (widths.length === 2) {
    const hanging = first + GAP.length
    return rows.map(([name = '', value = '']) => joined([name, wrap(value, columns - hanging, hanging)])).join('\n')
  }
  narrow(widths, columns)
  return rows.map((row) => joined(row.map((cell, index) => cut(cell, widths[index] ?? 0)))).join('\n')
}

/** Takes from the widest columns what is too much. */
function narrow(widths: number[], columns: number): void {
  let excess = widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1)) - columns
  while (excess > 0) {
    const [index, widest] = [...widths.entries()].slice(1).reduce((one, other) => (other[1] > one[1] ? other : one), [0, 0])
    if (widest <= NARROWEST) return
    widths[index] = widest - 1
    excess--
  }
}

/** Both ends of a text that is too long, with … between them: of a path the end counts, of a value the beginning. */
function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  const characters = [...text]
  const head = Math.ceil((width - 1) / 2)
  return `${characters.slice(0, head).join('')}…${characters.slice(characters.length - (width - 1 - head)).join('')}`
}

/** Words in lines; a word that is longer than a line stays whole, so that it can be copied. */
function wrap(text: string, width: number, indent: number): string {
  if (widthOf(text) <= width) return text
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > Math.max(width, NARROWEST)) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].join(`\n${' '.repeat(indent)}`)
}

/** Help as citty renders it: descriptions go on below themselves where the line ends. */
export function wrapHelp(help: string, columns: number): string {
  return help
    .split('\n')
    .map((line) => line.trimEnd())
    .map((line) => {
      const [, name, description] = /^(\s+\S.*?\s{2,})(\S.*)$/.exec(line) ?? []
      if (name !== undefined && description !== undefined) {
        const indent = widthOf(name)
        return name + wrap(description, columns - indent, indent)
      }
      return line.startsWith(' ') ? line : wrap(line, columns, 2)
    })
    .join('\n')
}

/** What somebody can run; other code in a message is names and values. */
const COMMAND = /`((?:npx |npm |aws |openssl |timedatectl |dynamodb-sessions )[^`]+)`/g

/** A message with its commands on lines of their own, as they can be copied: ours as npx finds it. */
export function commandsApart(message: string, indent: string): string {
  const parts = message.split(COMMAND)
  if (parts.length === 1) return message
  return parts
    .map((part, index) => {
      if (index % 2 === 1) return `${indent}  ${part.startsWith('dynamodb-sessions ') ? `npx ${part}` : part}`
      const said = part.replace(/^[,;.]?\s+|^[,;.]$/, '').trim()
      return index === 0 || said === '' ? said : indent + said
    })
    .filter((part, index) => index === 0 || part !== '')
    .join('\n')
}

/** Columns that a cell takes. */
function widthOf(cell: string): number {
  return [...stripVTControlCharacters(cell)].length
}
