// Types are checked here, since a plain TypeScript does not look into .vue files.
import type { ComputedRef } from 'vue'

export function useUser(): ComputedRef<string | undefined> {
  const data = useDynamoSessionData()
  // @ts-expect-error Pages get public keys only.
  void data.value.pin
  // @ts-expect-error And cannot write them; at run time this does nothing.
  data.value.userId = 'mallory'
  return computed(() => data.value.userId)
}
