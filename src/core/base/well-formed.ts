/** Whether a text has no half of a surrogate pair, which UTF-8 does not know: it would come back as another character. */
export function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed()
}
