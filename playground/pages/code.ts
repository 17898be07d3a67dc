// The code of each button, as it stands in the file that runs it.
import { readFileSync } from 'node:fs'

/** What an application writes around it: how it comes to a session, and how the cookie goes out. */
export interface Frame {
  readonly before?: string
  readonly after?: string
}

/** The `case` of each intent in a file beside this one. */
export function codeOf(file: string, { before, after }: Frame): ReadonlyMap<string, string> {
  const lines = readFileSync(new URL(file, import.meta.url), 'utf8').split('\n')
  const found = new Map<string, string>()
  for (const [index, line] of lines.entries()) {
    const [, indent = '', intent] = /^( *)case '([\w-]+)':/.exec(line) ?? []
    if (intent === undefined) continue
    const rest = lines.slice(index + 1)
    const end = rest.findIndex((next) => next.trim() !== '' && next.search(/\S/) <= indent.length)
    const body = rest.slice(0, end).filter((each) => !/^ *(?:break|return)$/.test(each))
    const depth = Math.min(...body.filter(Boolean).map((each) => each.search(/\S/)))
    const code = body.map((each) => each.slice(depth)).join('\n')
    const isWhole = /\breturn redirectTo\(/.test(code)
    found.set(intent, [before, code, isWhole ? undefined : after].filter(Boolean).join('\n'))
  }
  return found
}
