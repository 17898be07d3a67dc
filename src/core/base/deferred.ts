export interface Deferred<Value> {
  readonly promise: Promise<Value>
  resolve(value: Value | PromiseLike<Value>): void
  reject(error: unknown): void
}

/** A promise that is settled from outside, as by `Promise.withResolvers`, which Node has from 22 on. */
export function deferred<Value = void>(): Deferred<Value> {
  let resolve!: Deferred<Value>['resolve']
  let reject!: Deferred<Value>['reject']
  const promise = new Promise<Value>((...both) => ([resolve, reject] = both))
  return { promise, resolve, reject }
}
