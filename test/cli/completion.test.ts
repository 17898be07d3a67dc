import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { completionOf } from '../../src/cli/commands/completion.ts'
import { COMMANDS } from '../../src/cli/commands.ts'

const completion = completionOf(COMMANDS)
const scriptFor = async (shell: string): Promise<string> => (await completion.run({ shell })).text as string

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish'])('for %s knows every command', async (shell) => {
    const script = await scriptFor(shell)
    for (const name of [...Object.keys(COMMANDS), ...Object.keys(COMMANDS.table?.commands ?? {})]) expect(script).toContain(name)
  })

  it('completes in bash', async () => {
    const script = await scriptFor('bash')
    const complete = (...words: string[]): string[] =>
      execFileSync('bash', [
        '-c',
        `${script}\nCOMP_WORDS=(dynamodb-sessions ${words.map((word) => `'${word}'`).join(' ')})
COMP_CWORD=${words.length}
_dynamodb_sessions
printf '%s\\n' "\${COMPREPLY[@]}"`,
      ])
        .toString()
        .split('\n')
        .filter(Boolean)
    expect(complete('do')).toEqual(['doctor'])
    expect(complete('table', 'en')).toEqual(['ensure', 'enable-ttl'])
    expect(complete('completion', 'f')).toEqual(['fish'])
    expect(complete('gc', 'x')).toEqual([])
  })

  it('for no shell that is known is refused', async () => {
    await expect(completion.run({ shell: 'csh' })).rejects.toMatchObject({ code: 'USAGE', message: 'Which shell? bash, zsh, fish' })
    await expect(completion.run({})).rejects.toMatchObject({ code: 'USAGE' })
  })
})
