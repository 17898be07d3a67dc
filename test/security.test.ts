// docs/security.md names the test that holds each promise: the test must be there.
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const root = new URL('../', import.meta.url)
const text = readFileSync(new URL('docs/security.md', root), 'utf8')
const sections = text.split(/^## /m).slice(1)
const threats = sections.filter((section) => !section.startsWith('What is not promised') && !section.startsWith('Before you go live'))

function testsOf(section: string): { file: string; name: string }[] {
  return [...section.matchAll(/^- `(test\/[\w./-]+\.ts)`: “([^”]+)”$/gm)].map(([, file, name]) => ({
    file: file as string,
    name: name as string,
  }))
}

describe('docs/security.md', () => {
  it('has a test for every threat, and no line that only looks like one', () => {
    for (const threat of threats) expect(testsOf(threat), threat.split('\n')[0]).not.toEqual([])
    expect(text.match(/^- `test\//gm)).toHaveLength(threats.flatMap(testsOf).length)
    expect(threats.length).toBeGreaterThan(10)
  })

  it.each(threats.flatMap(testsOf))('$file has the test “$name”', ({ file, name }) => {
    const path = new URL(file, root)
    expect(existsSync(path)).toBe(true)
    const source = readFileSync(path, 'utf8').replaceAll("\\'", "'")
    expect([`('${name}'`, `("${name}"`, `(\`${name}\``].some((start) => source.includes(start))).toBe(true)
  })

  it('is linked from README', () => {
    expect(readFileSync(new URL('README.md', root), 'utf8')).toContain('(docs/security.md)')
  })
})
