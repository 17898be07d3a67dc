// Browsers: a cookie jar each, tabs that send what it holds at that moment, and answers that come late, in any order or never.
import { setTimeout as sleep } from 'node:timers/promises'
import type { SessionOptions } from '../../../src/index.ts'
import { openSession } from '../../../src/web.ts'
import { byClock } from './clocks.ts'

/** Milliseconds, at most, that a request, the handler's work between its look and its write, and an answer take. */
const LONGEST = 8

export type Action =
  | { readonly do: 'view' | 'log out' }
  /** `more`: what it stores beside the key. */
  | { readonly do: 'write'; readonly key: string; readonly more?: Record<string, unknown> }
  | { readonly do: 'log in' | 'rotate'; readonly user?: string; readonly grace: number }

export interface Host {
  readonly options: SessionOptions & { secretKey: string }
  /** Milliseconds by which its clock is ahead. */
  readonly ahead: number
}

export interface Cookie {
  /** As a Cookie header has it. */
  readonly text: string
  readonly id: string
}

export interface Browser {
  readonly name: string
  jar: Cookie | undefined
  /** Ids that it was ever sent, whether or not that arrived. */
  readonly issued: Set<string>
  /** Those that arrived. */
  readonly received: Set<string>
  /** Keys of which it was told that they are stored. */
  known: Set<string>
  /** What it did, for whoever looks into what went wrong. */
  readonly history: string[]
  isLoggedIn: boolean
  /** After a double click: siblings, of which it holds one. */
  isForked: boolean
  /** It holds an id that has moved, since an answer was lost, or a log-in failed. It logs out next. */
  isStranded: boolean
  /** Of its record; no host may move them back. */
  updatedAt: number
  expireAt: number
}

/** What one request came to. */
export interface Told {
  readonly action: Action
  /** Of the error that its handler got, so that nobody knows what was done. */
  readonly error?: unknown
  /** The session as the handler found it, and its state in the end. */
  readonly saw: string
  readonly seen: Record<string, unknown>
  readonly state: string
  readonly cookie: Cookie | 'removal' | undefined
  isDelivered: boolean
}

export function createBrowser(name: string): Browser {
  return {
    name,
    jar: undefined,
    issued: new Set(),
    received: new Set(),
    known: new Set(),
    history: [],
    isLoggedIn: false,
    isForked: false,
    isStranded: false,
    updatedAt: 0,
    expireAt: 0,
  }
}

/** @param times how often the request is delivered: a double click. */
export async function send(
  { browser, host, action }: { browser: Browser; host: Host; action: Action },
  chance: () => number,
  { losses = 0, times = 1 }: { losses?: number; times?: number } = {},
): Promise<Told[]> {
  await sleep(chance() * LONGEST)
  const { jar } = browser
  // Drawn now: what comes after has no order.
  const plans = Array.from({ length: times }, () => ({ work: chance() * LONGEST, answer: chance() * LONGEST, isLost: chance() < losses }))
  return Promise.all(
    plans.map(async ({ work, answer, isLost }) => {
      const told = await byClock(host.ahead, () => serve(host, jar?.text, action, work))
      if (typeof told.cookie === 'object') browser.issued.add(told.cookie.id)
      await sleep(answer)
      if (isLost) return told
      told.isDelivered = true
      if (typeof told.cookie === 'object') browser.received.add(told.cookie.id)
      if (told.cookie) browser.jar = told.cookie === 'removal' ? undefined : told.cookie
      return told
    }),
  )
}

async function serve(host: Host, cookie: string | undefined, action: Action, work: number): Promise<Told> {
  let [saw, seen] = ['', {}]
  try {
    const session = await openSession({ cookie, host: 'localhost' }, host.options)
    ;[saw, seen] = [session.state, { ...session.data }]
    await sleep(work)
    if (action.do === 'log out') await session.destroy()
    if (action.do === 'write') await session.update({ ...action.more, [action.key]: 1 })
    if (action.do === 'log in') session.data.user = action.user
    if (action.do === 'log in' || action.do === 'rotate') await session.regenerate({ grace: action.grace })
    const [text] = session.headers().getSetCookie()
    const isRemoval = text !== undefined && /max-age=0/i.test(text)
    const set = text === undefined ? undefined : { text: text.split(';')[0] as string, id: session.id ?? '' }
    return { action, saw, seen, state: session.state, cookie: isRemoval ? 'removal' : set, isDelivered: false }
  } catch (error) {
    // The page of an error, which has no cookie.
    return { action, saw, seen, state: '', cookie: undefined, isDelivered: false, error }
  }
}
