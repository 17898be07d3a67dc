// What is compared: each keeps the same data for a visitor, and does what its users do for a page.

/** Loaders of a page that ask for the session, all at once. */
export const LOADERS = 4
export const SECRET = 'a secret of the benchmark, at least 32 characters'
/** Seconds. */
export const LIFETIME = 1_209_600
export const COOKIE: { secrets: string[]; maxAge: number } = { secrets: [SECRET], maxAge: LIFETIME }

export interface Visitor {
  name: string
  count: number
  cart: string[]
}
export const VISITOR: Visitor = { name: 'ada', count: 0, cart: Array.from({ length: 10 }, (_, n) => `article ${n}`) }

/** What a page view does; `at` is what `create` returned: a Cookie header, an id, or whatever finds the session again. */
export interface Contender {
  create(): Promise<string>
  /** Every loader reads. */
  view(at: string): Promise<unknown>
  /** Every loader reads, and the session is to live on from now. */
  rolling(at: string): Promise<unknown>
  /** Every loader reads, and one key changes. */
  change(at: string): Promise<unknown>
  end(at: string): Promise<unknown>
}

export const ACTIONS = ['create', 'view', 'rolling', 'change', 'end'] as const
export type Action = (typeof ACTIONS)[number]
export const TITLES: Record<Action, string> = {
  create: 'create',
  view: `view, ${LOADERS} loaders`,
  rolling: 'unchanged rolling view',
  change: 'changed view',
  end: 'log out',
}

export const loaders = <T>(load: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: LOADERS }, load))

export function found<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('the session is gone')
  return value
}

/** The Cookie header that a browser makes of a Set-Cookie. */
export const pair = (setCookie: string): string => setCookie.split(';', 1)[0] as string
