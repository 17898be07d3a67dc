/** A name as PartiQL has it. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.delete.html */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
