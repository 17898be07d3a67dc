/**
 * Items of a page, where a megabyte could be many thousand: deletes begin sooner, a resumed run reads little twice, and memory
 * stays small.
 */
const ITEMS_PER_PAGE = 1000
/** Every page costs a multiple of that many units. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html */
const ROUNDED_TO = 0.5
/** What a page costs on average beyond its items, by that rounding. */
const ROUNDED_IN_VAIN = ROUNDED_TO / 2
/** Units for which a page is asked at least, whatever the rate. */
const LEAST_PAGE = 1

export interface Pages {
  /** Items to ask for. */
  limit(): number
  /** Read units that a page of so many items should cost. */
  unitsOf(items: number): number
  /** What a page did cost. `isFull`: it has as many items as were asked for, or as fit. */
  learn(units: number, items: number, isFull: boolean): void
}

/**
 * How many items to ask for under a rate, where a page of a megabyte may be many seconds' worth. What an item costs is learned
 * from the responses, which are rounded up to half a unit: a page smaller than that would cost more for less.
 */
export function createPages(slice: number): Pages {
  let price: number | undefined
  let largest = 0
  const budget = Math.max(slice, LEAST_PAGE)
  return {
    limit() {
      if (slice === Infinity) return ITEMS_PER_PAGE
      if (price === undefined) return 1
      return Math.max(1, Math.min(ITEMS_PER_PAGE, 2 * largest, Math.floor((budget - ROUNDED_IN_VAIN) / price)))
    },
    unitsOf: (items) => Math.ceil((items * (price ?? 0) + ROUNDED_IN_VAIN) / ROUNDED_TO) * ROUNDED_TO,
    learn(units, items, isFull) {
      if (items === 0) return
      // The end of a segment shows only that items are not cheaper than this.
      const likely = (units - ROUNDED_IN_VAIN) / items
      if (isFull || price === undefined) price = price === undefined ? likely : price + (likely - price) / 2
      price = Math.max(price, (units - ROUNDED_TO) / items)
      largest = Math.max(largest, items)
    },
  }
}
