// Figures that can be compared: everything is measured once a round, in turns, so that what else the machine does meets all alike.

/** Rounds that count; at least 9, from which a spread means something. */
export const ROUNDS: number = Number(process.env.ROUNDS ?? 9)

export interface Ratio {
  readonly median: number
  readonly low: number
  readonly high: number
}

/**
 * Measures each way once a round, and returns its figures, a round each.
 * @param warmUp rounds before, in which code gets compiled.
 */
export async function inTurns<Figure>(
  ways: Readonly<Record<string, () => Promise<Figure>>>,
  { rounds = ROUNDS, warmUp = 2 }: { rounds?: number; warmUp?: number } = {},
): Promise<Map<string, Figure[]>> {
  const all = Object.entries(ways)
  const figures = new Map<string, Figure[]>(all.map(([name]) => [name, []]))
  for (let round = -warmUp; round < rounds; round++) {
    // Whoever comes after another finds a machine that this one warmed, so each comes first in its turn.
    const first = (round + warmUp) % all.length
    for (const [name, measure] of [...all.slice(first), ...all.slice(0, first)]) {
      const figure = await measure()
      if (round >= 0) figures.get(name)?.push(figure)
    }
  }
  return figures
}

/** Microseconds of this process's CPU that a call takes, one call after the other. */
export async function cpuOf(call: (n: number) => Promise<unknown>, calls: number): Promise<number> {
  const before = process.cpuUsage()
  for (let n = 0; n < calls; n++) await call(n)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / calls
}

/** Calls a second, so many at once. */
export async function rateOf(call: (lane: number) => Promise<unknown>, calls: number, inFlight: number): Promise<number> {
  let left = calls
  const lane = async (number: number): Promise<void> => {
    while (left-- > 0) await call(number)
  }
  const began = performance.now()
  await Promise.all(Array.from({ length: inFlight }, (_, number) => lane(number)))
  return (calls * 1000) / (performance.now() - began)
}

export function median(list: readonly number[]): number {
  return percentile(list, 0.5)
}

/** @param share 0 to 1: that many of the list are not above the figure. */
export function percentile(list: readonly number[], share: number): number {
  return list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))] ?? NaN
}

/** Each round beside the same round of another: what the machine did meanwhile met both. */
export function ratioOf(figures: readonly number[], others: readonly number[]): Ratio {
  const ratios = figures.map((figure, round) => figure / (others[round] ?? NaN))
  return { median: median(ratios), low: Math.min(...ratios), high: Math.max(...ratios) }
}

/** `×0.31 (0.29 to 0.34)`: the median of the rounds, the lowest and the highest. */
export function shownRatio({ median: middle, low, high }: Ratio): string {
  const digits = middle < 0.1 ? 3 : 2
  return `×${middle.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`
}
