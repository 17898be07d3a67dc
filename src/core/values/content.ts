import type { Item } from '../dynamodb/dynamo.ts'
import type { Codec } from '../items/codec.ts'
import { isLive } from '../items/state.ts'

/** What a value reads as, `at` in seconds since the epoch: text, raw bytes or a counter's count; `null` where it is absent. */
export async function contentOf(codec: Codec, key: string, item: Item | undefined, at: number): Promise<string | Buffer | null> {
  if (!isLive(key, item, at)) return null
  return item.counter?.N ?? codec.unpack(key, item)
}
