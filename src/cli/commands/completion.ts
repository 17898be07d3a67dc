import { COMMON } from '../command.ts'
import type { Command } from '../command.ts'
import { UsageError } from '../errors.ts'

/** A command, or a group of them, by what completion shows of it. */
type Shown = Readonly<Record<string, { readonly description: string; readonly commands?: Shown }>>

/** `completion bash|zsh|fish`: a script for the shell, which knows every command by its name. Nothing is read or asked. */
export const completionOf = (commands: Shown): Command => ({
  args: {
    shell: { type: 'positional', description: 'bash, zsh or fish', valueHint: 'bash|zsh|fish', required: false },
    ...COMMON,
  },
  async run({ shell }) {
    const render = typeof shell === 'string' && Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined
    if (!render) throw new UsageError(`Which shell? ${Object.keys(SHELLS).join(', ')}`)
    const script = render(partsOf(commands))
    return { json: { shell, script }, text: script }
  },
})

const NAME = 'dynamodb-sessions'

interface Parts {
  readonly entries: readonly (readonly [name: string, description: string])[]
  /** Names within a group, with blanks between them. */
  readonly groups: readonly (readonly [name: string, within: string])[]
}

function partsOf(commands: Shown): Parts {
  const all = Object.entries(commands)
  return {
    entries: all.map(([name, { description }]) => [name, quoted(description)]),
    groups: all.flatMap(([name, { commands: within }]) => (within ? [[name, Object.keys(within).join(' ')] as const] : [])),
  }
}

/** For a description within single quotes. */
function quoted(text: string): string {
  return text.replaceAll("'", '’')
}

const SHELLS: Readonly<Record<string, (parts: Parts) => string>> = {
  bash: ({ entries, groups }) =>
    [
      `# ~/.bashrc: source <(npx ${NAME} completion bash)`,
      `_dynamodb_sessions() {`,
      `  local word="\${COMP_WORDS[COMP_CWORD]}" words=''`,
      `  case "$COMP_CWORD" in`,
      `    1) words='${entries.map(([name]) => name).join(' ')}' ;;`,
      `    2) case "\${COMP_WORDS[1]}" in`,
      ...groups.map(([name, within]) => `      ${name}) words='${within}' ;;`),
      `      completion) words='bash zsh fish' ;;`,
      `    esac ;;`,
      `  esac`,
      `  COMPREPLY=($(compgen -W "$words" -- "$word"))`,
      `}`,
      `complete -F _dynamodb_sessions ${NAME}`,
    ].join('\n'),

  zsh: ({ entries, groups }) =>
    [
      `# ~/.zshrc, after compinit: source <(npx ${NAME} completion zsh)`,
      `_dynamodb_sessions() {`,
      `  if (( CURRENT == 2 )); then`,
      `    local -a commands=(${entries.map(([name, description]) => `'${name}:${description}'`).join(' ')})`,
      `    _describe command commands`,
      `  elif (( CURRENT == 3 )); then`,
      `    case "$words[2]" in`,
      ...groups.map(([name, within]) => `      ${name}) compadd ${within} ;;`),
      `      completion) compadd bash zsh fish ;;`,
      `    esac`,
      `  fi`,
      `}`,
      `compdef _dynamodb_sessions ${NAME}`,
    ].join('\n'),

  fish: ({ entries, groups }) =>
    [
      `# ~/.config/fish/config.fish: npx ${NAME} completion fish | source`,
      ...entries.map(([name, description]) => `complete -c ${NAME} -f -n __fish_use_subcommand -a ${name} -d '${description}'`),
      ...groups.map(([name, within]) => `complete -c ${NAME} -f -n '__fish_seen_subcommand_from ${name}' -a '${within}'`),
      `complete -c ${NAME} -f -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'`,
    ].join('\n'),
}
