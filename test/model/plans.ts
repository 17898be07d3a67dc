// What scenarios are made of.
import { all, browserIsLoggedIn, changesAreKept, everyLogInHolds, logOutEndsAll } from './checks.ts'
import type { Check } from './checks.ts'
import type { Action, DoorName } from './doors.ts'
import type { Before, Scenario, TabPlan } from './scenarios.ts'

export const WITH_GRACE: readonly DoorName[] = ['h3', 'react-router', 'react-router middleware']
export const DAY = 86_400

export const view: Action = { do: 'view' }
export const write: Action = { do: 'write', key: 'note' }
export const logOut: Action = { do: 'log out' }
export function logIn(more: object = {}): Action {
  return { do: 'log in', user: 'ada', ...more } as Action
}

export function rotate(more: object = {}): Action {
  return { do: 'rotate', ...more } as Action
}

/** Tabs `a`, `b` and `c`, each on a host of its own; several actions follow each other. */
export function tabs(...actions: (Action | readonly Action[])[]): Record<string, TabPlan> {
  return Object.fromEntries(actions.map((each, n) => ['abc'[n] as string, { actions: [each].flat() as Action[] }]))
}

export function oneHost(plans: Record<string, TabPlan>): Record<string, TabPlan> {
  return Object.fromEntries(Object.entries(plans).map(([name, { actions }]) => [name, { actions, host: 'one' }]))
}

export const VISITOR: readonly Before[] = [{ do: 'write', key: 'cart' }]
export const USER: readonly Before[] = [...VISITOR, { do: 'log in', user: 'ada' }]
/** Logged in by a double click: the browser holds the second answer. */
export const TWICE: readonly Before[] = [...USER, { do: 'log in', user: 'ada', from: 0 }]

export function ofGrace(name: string, make: (grace: number) => Omit<Scenario, 'name'>): Scenario[] {
  return [Object.assign(make(0), { name }), Object.assign({ doors: WITH_GRACE }, make(10), { name: `${name}, with grace` })]
}

/** What must be true after log-ins of one user. */
export const loggedIn: Check = all(everyLogInHolds, browserIsLoggedIn, changesAreKept, logOutEndsAll)
