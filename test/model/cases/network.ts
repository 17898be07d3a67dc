// Attempts without an answer, several cookies of one name, and another adapter.
import { all, allHasEnded, changesAreKept, logOutEndsAll, oneSession } from '../checks.ts'
import { WITH_GRACE, DAY, view, write, logOut, logIn, rotate, tabs, VISITOR, USER, ofGrace, loggedIn } from '../plans.ts'
import type { Scenario, Before } from '../scenarios.ts'

export const FAULTS: readonly Scenario[] = (
  [
    ['a log-in', VISITOR, tabs(logIn(), view), loggedIn],
    ['a log-in by double click', VISITOR, tabs(logIn(), logIn()), loggedIn],
    ['a rotation and a change', USER, tabs(rotate(), write), all(oneSession, changesAreKept, logOutEndsAll)],
    ['a rotation and a change whose cookie is due', USER, tabs(rotate(), write), all(oneSession, changesAreKept), 2 * DAY],
    ['a log-out and a rotation', USER, tabs(logOut, rotate()), allHasEnded],
    ['changes', USER, tabs(write, { do: 'write', key: 'other' }), all(oneSession, changesAreKept)],
    ['a guest’s log-in and log-out', [], tabs([logIn(), logOut]), allHasEnded],
  ] as const
).map(([name, before, plans, check, later = 0]) => ({
  name: `${name}, with an attempt that gets no answer`,
  doors: ['h3', 'react-router middleware'],
  before,
  later,
  tabs: plans,
  faults: ['lost', 'unsent', 'late'],
  check,
}))

export const SEVERAL: readonly Scenario[] = (
  [
    ['of a session that moved', (held: readonly string[]) => [held[0] as string]],
    ['of no session', () => ['x'.repeat(43)]],
    ['of four', (held: readonly string[]) => ['x'.repeat(43), held[0] as string, 'y'.repeat(43)]],
  ] as const
).flatMap(([what, planted]): Scenario[] => {
  const jars: Scenario['jars'] = { browser: (held) => ({ own: held.at(-1), planted: planted(held) }) }
  return [
    {
      name: `an older cookie in front, ${what}, and a page`,
      doors: WITH_GRACE,
      before: USER,
      jars,
      tabs: tabs(view),
      check: ({ requests }) => (requests[0]?.answer?.saw === 'stored' ? [] : ['the session is not found']),
    },
    {
      name: `an older cookie in front, ${what}, and a rotation`,
      doors: WITH_GRACE,
      before: USER,
      jars,
      tabs: tabs(rotate(), view),
      check: all(oneSession, logOutEndsAll),
    },
    {
      name: `an older cookie in front, ${what}, and a log-out`,
      doors: WITH_GRACE,
      before: USER,
      jars,
      tabs: tabs(logOut, write),
      check: allHasEnded,
    },
  ]
})

/** Another session that is live, such as one of before a change of the cookie's path. */
const OTHER: readonly Before[] = [...USER, { do: 'log in', user: 'ada', from: -1 }]

export const SEVERAL_LIVE: readonly Scenario[] = [
  {
    name: 'another live session in front, and a log-out',
    doors: WITH_GRACE,
    before: OTHER,
    jars: { browser: (held) => ({ own: held[2], planted: [held[1] as string] }) },
    tabs: tabs(logOut),
    check: allHasEnded,
  },
]

export const OTHER_ADAPTERS: readonly Scenario[] = [
  ...ofGrace('a log-in by double click, of which another adapter gets one', (grace) => ({
    doors: ['h3'],
    before: VISITOR,
    tabs: { a: { actions: [logIn({ grace })] }, b: { actions: [logIn()], door: 'react-router middleware' } },
    losses: 1,
    check: loggedIn,
  })),
  ...ofGrace('a log-out that another adapter gets', (grace) => ({
    doors: ['h3'],
    before: USER,
    tabs: { a: { actions: [rotate({ grace })] }, b: { actions: [logOut], door: 'remix 3' } },
    check: allHasEnded,
  })),
]
