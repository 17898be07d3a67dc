/** A name as PartiQL has it. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.delete.html */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** The text of a conditional delete, whose parameters are the key's values and those of the conditions, in their order. */
export function deleteText(table: string, keyNames: readonly string[], conditions: readonly string[]): string {
  return `DELETE FROM ${quote(table)} WHERE ${[...keyNames.map((name) => `${quote(name)} = ?`), ...conditions].join(' AND ')}`
}

/** Errors of one statement of a batch that may pass. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchStatementError.html */
export const PASSING: ReadonlyMap<string, 'THROTTLED' | 'SERVER_ERROR'> = new Map([
  ['ThrottlingError', 'THROTTLED'],
  ['ProvisionedThroughputExceeded', 'THROTTLED'],
  ['RequestLimitExceeded', 'THROTTLED'],
  ['TransactionConflict', 'SERVER_ERROR'],
  ['InternalServerError', 'SERVER_ERROR'],
])
