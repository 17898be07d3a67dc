// What ends with the server: clients, and runs that take long.

import { sharedSlot } from './shared.ts'

type Close = () => unknown

/** The list is the process's. */
const open = sharedSlot<Set<WeakRef<Close>>>('open')

/**
 * Has `close` called when the server ends, unless the returned function was called before. The caller must keep `close`: the list
 * holds it weakly, so that what nobody else needs any more can be collected.
 */
export function atClose(close: Close): () => void {
  const list = openList()
  for (const listed of list) if (!listed.deref()) list.delete(listed)
  const own = new WeakRef(close)
  list.add(own)
  return () => void list.delete(own)
}

/** Closes everything that is open in this process. What is used again afterwards opens anew. */
export async function closeAll(): Promise<void> {
  const list = openList()
  const all = [...list].map((listed) => listed.deref())
  list.clear()
  await Promise.all(all.map((close) => close?.()))
}

function openList(): Set<WeakRef<Close>> {
  return open.ensure(globalThis, () => new Set())
}
