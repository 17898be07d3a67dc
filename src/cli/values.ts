/** A flag's number; a text that is none stays a text, for the option's own check to refuse. */
export function numberOf(text: string | boolean): number {
  return (typeof text === 'string' && /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text) as number
}
