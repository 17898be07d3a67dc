// Runs on the server only; browsers get the state with the page.
import { defineNuxtPlugin, useRequestEvent, useState } from '#imports'
import { publicDataSlot } from '../slots.ts'
import { nobody, STATE } from '../state.ts'
import type { PublicState } from '../state.ts'

const plugin: unknown = defineNuxtPlugin({
  name: 'dynamodb-sessions',
  enforce: 'pre',
  async setup() {
    const state = useState<PublicState>(STATE, nobody)
    const event = useRequestEvent()
    const data = event && (await publicDataSlot.get(event.context)?.(event))
    if (data) state.value = data
  },
})

export default plugin
