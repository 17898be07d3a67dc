// What a log-in leaves beside the data, where applications cannot write: when it was, in which browser, and how long that keeps the cookie.
import type { Item } from '../../dynamodb/dynamo.ts'
import { UNREMEMBERED, numeric } from '../../items/state.ts'
import type { ItemState } from '../../items/state.ts'
import type { Device } from '../../options/options.ts'
import type { Context } from '../context.ts'
import { createDeviceCodec, deviceText } from './device.ts'
import type { Content } from './serialize.ts'
import type { Life, Snapshot } from './snapshot.ts'

/** What the request of a log-in tells. */
export interface LogIn {
  /** Whether this request authenticated the user. */
  readonly authenticated?: boolean | undefined
  /** What to keep of its browser, asked for at a log-in only. */
  readonly device?: (() => Device | undefined) | undefined
}

/** What goes on from one key to the next. */
export interface Kept {
  readonly authenticatedAt?: number | undefined
  readonly device?: string | undefined
  readonly endsWithBrowser?: boolean | undefined
}

type LogInState = Pick<ItemState, 'authenticatedAt' | 'rawDevice' | 'endsWithBrowser'>

/** The attributes of a new record, and what its state says of them. Without any, both are empty. */
export async function logInAttributes(
  context: Context,
  key: string,
  at: number,
  { authenticatedAt, device, endsWithBrowser }: Kept,
): Promise<{ readonly item: Item; readonly state: LogInState }> {
  const rawDevice = device === undefined ? undefined : await createDeviceCodec(context.options).pack(key, device)
  const time = authenticatedAt === undefined ? undefined : Math.min(authenticatedAt, at)
  return {
    item: {
      ...(time === undefined ? {} : { authenticated_at: numeric(time) }),
      ...(rawDevice ? { device: rawDevice } : {}),
      ...(endsWithBrowser ? UNREMEMBERED : {}),
    },
    state: {
      ...(time === undefined ? {} : { authenticatedAt: time }),
      ...(rawDevice ? { rawDevice } : {}),
      ...(endsWithBrowser ? { endsWithBrowser } : {}),
    },
  }
}

/** What a request says of itself that makes a session, or gives it a new id. `isLogin`: whether it set the user. */
export function ownLogIn({ authenticated, device, endsWithBrowser }: LogIn & Life, at: number, isLogin: boolean): Kept {
  const text = authenticated || isLogin ? deviceText(device?.()) : undefined
  return {
    ...(authenticated ? { authenticatedAt: at } : {}),
    ...(text === undefined ? {} : { device: text }),
    ...(endsWithBrowser ? { endsWithBrowser } : {}),
  }
}

/** What a record leaves for the next: the time of a log-in to its own user only. */
export async function keptOf(context: Context, old: Snapshot, content: Content): Promise<Kept> {
  const { key, authenticatedAt, rawDevice, endsWithBrowser } = old.state
  const device = rawDevice && (await createDeviceCodec(context.options).unpack(key, rawDevice))
  return {
    ...(authenticatedAt === undefined || isOtherUser(context, old, content) ? {} : { authenticatedAt }),
    ...(device === undefined ? {} : { device }),
    ...(endsWithBrowser ? { endsWithBrowser } : {}),
  }
}

/** Whether data is another user's than what a record holds, or nobody's. */
export function isOtherUser({ serialization }: Context, { text, state }: Snapshot, content: Content): boolean {
  return serialization.contentOf(state.key, text).userId?.S !== content.userId?.S
}
