// Runs on the server only; browsers get the state with the page.
import { defineNuxtPlugin, useRequestEvent, useState } from '#imports'
import { PUBLIC_DATA, STATE } from '../state.ts'
import type { WithPublicData } from '../state.ts'

const plugin: unknown = defineNuxtPlugin({
  name: 'dynamodb-sessions',
  enforce: 'pre',
  async setup() {
    const state = useState<Record<string, unknown>>(STATE, () => ({}))
    const event = useRequestEvent()
    const data = await (event?.context as WithPublicData | undefined)?.[PUBLIC_DATA]?.(event as NonNullable<typeof event>)
    if (data) state.value = data
  },
})

export default plugin
