export interface Mutation {
  /** What is taken out. */
  readonly name: string
  readonly file: string
  /** There exactly once. */
  readonly text: string
  readonly replacement: string
  /**
   * A part of the names of the scenarios that find it. Without it the model does not try: each write would be repeated to its end in every
   * order. `lifetimes.test.ts` and the browsers of `test/faults/` find it.
   */
  readonly by?: string
}

export const SESSIONS = 'src/core/sessions'
