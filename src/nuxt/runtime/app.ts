import { computed, readonly, useState } from '#imports'
import { STATE } from '../state.ts'

/** Read-only: what a browser changes here would reach no session anyway. */
export const useDynamoSessionData: (typeof import('#dynamodb-sessions'))['useDynamoSessionData'] = () => {
  const state = useState<Record<string, unknown>>(STATE, () => ({}))
  return computed(() => readonly(state.value))
}
