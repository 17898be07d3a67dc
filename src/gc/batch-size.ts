// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html
const STATEMENTS_PER_BATCH = 25

/** How many records to delete at once under a rate. What a record costs is learned from the responses. */
export interface BatchSize {
  /** One to learn the price, then more and more, as long as a request costs little. */
  limit(): number
  /** Write units that so many deletes should cost. */
  unitsOf(records: number): number
  /** What so many deletes did cost. */
  learn(units: number, records: number): void
}

/** @param slice units that one request should cost at most, `Infinity` without a rate. */
export function createBatchSize(slice: number): BatchSize {
  /** What a record cost at most lately; `undefined` until the first response. */
  let price: number | undefined
  let largest = 0
  return {
    limit() {
      if (slice === Infinity) return STATEMENTS_PER_BATCH
      if (price === undefined) return 1
      return Math.max(1, Math.min(STATEMENTS_PER_BATCH, 2 * largest, Math.floor(slice / price)))
    },
    unitsOf: (records) => records * (price ?? 1),
    learn(units, records) {
      // A higher price counts at once, so that the rate holds; a lower one may be chance.
      const found = units / records
      price = Math.max(found, price === undefined ? 0 : price + (found - price) / 10)
      largest = Math.max(largest, records)
    },
  }
}
