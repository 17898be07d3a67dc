// Conditions that guarantees 2, 5, 8, 9, 15 and 16 rest on, and each of them taken out. The model must fail without any of them.
import { COOKIES } from './mutations/cookies.ts'
import { LOG_OUTS } from './mutations/log-outs.ts'
import type { Mutation } from './mutations/mutation.ts'
import { ROTATIONS } from './mutations/rotations.ts'
import { WRITES } from './mutations/writes.ts'

export type { Mutation } from './mutations/mutation.ts'

export const MUTATIONS: readonly Mutation[] = [...COOKIES, ...WRITES, ...ROTATIONS, ...LOG_OUTS]
