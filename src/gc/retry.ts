/** Milliseconds before the second attempt, and before any. Throttling is waited out however long it takes. */
export const PAUSES = [50, 3000] as const
