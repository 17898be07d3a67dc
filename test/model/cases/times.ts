// Clocks that go on or differ, and lifetimes.
import {
  all,
  goesOnFrom,
  lifetimesAreKept,
  allHasEnded,
  browserIsLoggedIn,
  changesAreKept,
  cookiesAtMost,
  logOutEndsAll,
  oneSession,
} from '../checks.ts'
import type { Action } from '../doors.ts'
import { WITH_GRACE, DAY, view, write, logOut, logIn, rotate, tabs, oneHost, VISITOR, USER } from '../plans.ts'
import { START } from '../world.ts'
import type { Scenario } from '../scenarios.ts'

export const TIMES: readonly Scenario[] = [
  {
    name: 'a log-in by double click, the second perhaps long after',
    before: VISITOR,
    tabs: tabs(logIn(), logIn()),
    jump: 11,
    check: all(browserIsLoggedIn, logOutEndsAll),
  },
  {
    name: 'a log-in, and a page perhaps long after',
    before: VISITOR,
    tabs: tabs(logIn(), view),
    jump: 11,
    check: all(browserIsLoggedIn, logOutEndsAll),
  },
  { name: 'two rotations, the second perhaps long after', before: USER, tabs: tabs(rotate(), rotate()), jump: 11, check: logOutEndsAll },
  // Not promised: after 10 s a change with the id of before begins a new session, whose cookie takes the place of the log-in's.
  { name: 'a log-in, and a change perhaps long after', before: VISITOR, tabs: tabs(logIn(), write), jump: 11, check: changesAreKept },
  { name: 'a log-out perhaps long after a log-in', before: VISITOR, tabs: tabs(logIn(), logOut), jump: 11, check: allHasEnded },
  {
    name: 'changes by hosts whose clocks differ',
    before: USER,
    skew: { a: -3600 },
    tabs: tabs(write, { do: 'write', key: 'other' }, view),
    check: all(oneSession, changesAreKept),
  },
  {
    name: 'touches by hosts whose clocks differ',
    before: USER,
    later: 2 * DAY,
    skew: { a: -3600, b: 60 },
    tabs: tabs(view, view, write),
    check: all(oneSession, changesAreKept),
  },
  {
    name: 'a rotation by a host whose clock is behind',
    before: USER,
    skew: { a: -3600 },
    tabs: tabs(rotate(), write),
    check: all(oneSession, changesAreKept, goesOnFrom(START)),
  },
  {
    name: 'a change and a page of one who came a moment ago',
    doors: ['h3', 'react-router middleware', 'remix 3'],
    before: USER,
    tabs: tabs(write, view),
    check: all(cookiesAtMost(0), oneSession),
  },
  {
    name: 'pages of one host, when a touch is due',
    doors: WITH_GRACE,
    before: USER,
    later: 2 * DAY,
    tabs: oneHost(tabs(view, view, view)),
    check: all(cookiesAtMost(1), oneSession),
  },
  {
    name: 'a lifetime that a log-in asked for',
    doors: WITH_GRACE,
    before: [...VISITOR, { do: 'log in', user: 'ada', remember: 5 * DAY }],
    later: 2 * DAY,
    tabs: tabs(write, view, rotate()),
    asks: true,
    check: all(oneSession, lifetimesAreKept),
  },
  {
    name: 'a lifetime that a second tab asks for',
    doors: WITH_GRACE,
    before: USER,
    tabs: tabs({ ...write, remember: 5 * DAY } as Action, { do: 'write', key: 'other' }, rotate()),
    asks: true,
    check: all(oneSession, changesAreKept),
  },
]
