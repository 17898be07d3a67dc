import { computed, readonly, useNuxtApp, useRequestFetch, useState } from '#imports'
import { DATA_ROUTE, nobody, STATE } from '../state.ts'
import type { PublicState } from '../state.ts'

/** Of each application: the number of its last change of state, so that a slow answer does not undo a later one. */
const turns = new WeakMap<object, number>()

/** Read-only: what a browser changes here would reach no session anyway. */
export const useDynamoSessionData: (typeof import('#dynamodb-sessions'))['useDynamoSessionData'] = () => {
  const state = useState<PublicState>(STATE, nobody)
  const app = useNuxtApp()
  // While a page is rendered, with the cookies of its request.
  const fetch = useRequestFetch()
  const data = computed(() => readonly(state.value.data))
  const begin = (): number => {
    const turn = (turns.get(app) ?? 0) + 1
    turns.set(app, turn)
    return turn
  }
  return Object.assign(data, {
    data,
    loggedIn: computed(() => state.value.loggedIn),
    async refresh() {
      const turn = begin()
      const next = (await fetch(DATA_ROUTE)) as PublicState
      if (turns.get(app) === turn) state.value = next
    },
    clear() {
      begin()
      state.value = nobody()
    },
  })
}
