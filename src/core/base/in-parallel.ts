/** Requests under way at once, unless the caller says otherwise. */
const PARALLEL = 4

/** Works on the parts, `most` of them at a time. */
export async function inParallel<Part>(
  parts: readonly Part[],
  work: (part: Part) => Promise<void>,
  most: number = PARALLEL,
): Promise<void> {
  const rest = parts.values()
  await Promise.all(
    Array.from({ length: Math.min(most, parts.length) }, async () => {
      for (const part of rest) await work(part)
    }),
  )
}
