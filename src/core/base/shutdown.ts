// What ends with the server: clients, and runs that take long.

/** Bundlers may put several copies of this package into one process, so the list is the process's. */
const OPEN = Symbol.for('dynamodb-sessions.open')

type Close = () => unknown

/**
 * Has `close` called when the server ends, unless the returned function was called before. The caller must keep `close`: the list
 * holds it weakly, so that what nobody else needs any more can be collected.
 */
export function atClose(close: Close): () => void {
  const open = openList()
  for (const listed of open) if (!listed.deref()) open.delete(listed)
  const own = new WeakRef(close)
  open.add(own)
  return () => void open.delete(own)
}

/** Closes everything that is open in this process. What is used again afterwards opens anew. */
export async function closeAll(): Promise<void> {
  const open = openList()
  const all = [...open].map((listed) => listed.deref())
  open.clear()
  await Promise.all(all.map((close) => close?.()))
}

function openList(): Set<WeakRef<Close>> {
  const shared = globalThis as { [OPEN]?: Set<WeakRef<Close>> }
  return (shared[OPEN] ??= new Set())
}
