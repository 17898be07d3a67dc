// Rotations: parallel, one after the other, and who comes with the id of before.
import { all, browserIsLoggedIn, changesAreKept, logOutEndsAll, oneSession, thiefGetsNothing } from '../checks.ts'
import type { Action } from '../doors.ts'
import { WITH_GRACE, view, write, logIn, rotate, tabs, oneHost, VISITOR, USER, TWICE, ofGrace } from '../plans.ts'
import type { Scenario, TabPlan } from '../scenarios.ts'

/** A log-in is none of them where options name the user: they must not leave two sessions. */
export const ROTATIONS: readonly Scenario[] = [
  ...ofGrace('two rotations', (grace) => ({
    before: USER,
    tabs: tabs(rotate({ grace }), rotate({ grace })),
    check: all(oneSession, logOutEndsAll),
  })),
  ...ofGrace('two rotations that change a key', (grace) => ({
    before: USER,
    tabs: tabs(rotate({ grace, key: 'a' }), rotate({ grace, key: 'b' })),
    losses: 1,
    check: all(oneSession, logOutEndsAll),
  })),
  {
    name: 'two rotations that change a key, where options name no user',
    before: VISITOR,
    options: {},
    tabs: tabs(rotate({ key: 'a' }), rotate({ key: 'b' })),
    check: logOutEndsAll,
  },
  {
    name: 'two rotations on one host',
    doors: WITH_GRACE,
    before: USER,
    tabs: oneHost(tabs(rotate(), rotate())),
    check: all(oneSession, logOutEndsAll),
  },
  { name: 'three rotations', before: USER, tabs: tabs(rotate(), rotate({ key: 'a' }), rotate()), check: all(oneSession, logOutEndsAll) },
  ...ofGrace('a rotation, a change and a page', (grace) => ({
    before: USER,
    tabs: tabs(rotate({ grace }), write, view),
    check: all(oneSession, changesAreKept, logOutEndsAll),
  })),
  ...ofGrace('a rotation and two changes', (grace) => ({
    before: USER,
    tabs: tabs(rotate({ grace }), write, { do: 'write', key: 'other' }),
    check: all(oneSession, changesAreKept, logOutEndsAll),
  })),
  ...ofGrace('two rotations one after the other, and one by the first id', (grace) => ({
    before: USER,
    tabs: tabs([rotate({ grace }), rotate({ grace })], rotate({ grace })),
    check: all(oneSession, logOutEndsAll),
  })),
  ...ofGrace('two rotations one after the other, and a change by the first id', (grace) => ({
    before: USER,
    tabs: tabs([rotate({ grace }), rotate({ grace })], write),
    check: all(oneSession, changesAreKept, logOutEndsAll),
  })),
  ...ofGrace('a log-in, a rotation, and a second click', (grace) => ({
    before: VISITOR,
    tabs: tabs([logIn({ grace }), rotate({ grace })], logIn()),
    losses: 0,
    check: all(browserIsLoggedIn, logOutEndsAll),
  })),
  ...ofGrace('a rotation of a session that was logged in twice', (grace) => ({
    before: TWICE,
    tabs: tabs([rotate({ grace }), view], write),
    check: all(browserIsLoggedIn, changesAreKept, logOutEndsAll),
  })),
]

const thief: Scenario['jars'] = { thief: (held) => ({ own: held[1], planted: [] }) }
const asThief = (...actions: Action[]): TabPlan => ({ actions, jar: 'thief' })

export const THIEVES: readonly Scenario[] = [rotate({ grace: 30 }), rotate({ key: 'a' }), write, logIn({ user: 'mallory' })].map(
  (action) => ({
    name: `a rotation with grace, and a thief’s ${action.do}${action.do === 'rotate' && action.key ? ' that changes a key' : ''}`,
    doors: WITH_GRACE,
    before: USER,
    jars: thief,
    tabs: { a: { actions: [rotate({ grace: 30 })] }, t: asThief(action) },
    check: thiefGetsNothing,
  }),
)
