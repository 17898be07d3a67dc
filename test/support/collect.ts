/** All that comes: `Array.fromAsync`, which Node 20 lacks. */
export async function collect<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const one of iterable) found.push(one)
  return found
}
