// Commands as messages show them, for a POSIX shell.

/** `tableName` as `table-name`. */
export function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** A word, in quotes where the shell would read it as something else. */
export function inShell(word: string): string {
  return /^[\w.:/@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
