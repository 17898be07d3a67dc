// Log-ins: doubled, beside others, of guests.
import { all, browserIsLoggedIn, changesAreKept, everyLogInHolds, logOutEndsAll } from '../checks.ts'
import { WITH_GRACE, DAY, view, write, logIn, tabs, oneHost, VISITOR, ofGrace, loggedIn } from '../plans.ts'
import { dataOf } from '../play.ts'
import type { Checked, Scenario } from '../scenarios.ts'

export const LOG_INS: readonly Scenario[] = [
  ...ofGrace('a log-in by double click', (grace) => ({
    before: VISITOR,
    tabs: tabs(logIn({ grace }), logIn({ grace })),
    losses: 1,
    check: loggedIn,
  })),
  {
    name: 'a log-in by double click, where options name no user',
    before: VISITOR,
    options: {},
    tabs: tabs(logIn(), logIn()),
    losses: 1,
    check: loggedIn,
  },
  {
    name: 'a log-in by double click, on one host',
    doors: WITH_GRACE,
    before: VISITOR,
    tabs: oneHost(tabs(logIn(), logIn())),
    losses: 1,
    check: loggedIn,
  },
  {
    name: 'a log-in by double click that stores the user first',
    doors: WITH_GRACE,
    before: VISITOR,
    tabs: tabs(logIn({ updatesFirst: true }), logIn({ updatesFirst: true })),
    losses: 1,
    check: loggedIn,
  },
  {
    name: 'a log-in by three clicks',
    doors: ['react-router middleware'],
    before: VISITOR,
    tabs: tabs(logIn(), logIn(), logIn()),
    losses: 1,
    check: loggedIn,
  },
  ...ofGrace('a log-in by double click, and a page', (grace) => ({
    before: VISITOR,
    tabs: tabs(logIn({ grace }), logIn(), view),
    check: loggedIn,
  })),
  ...ofGrace('a log-in by double click, and a change', (grace) => ({
    before: VISITOR,
    tabs: tabs(logIn({ grace }), logIn(), write),
    check: loggedIn,
  })),
  ...ofGrace('a log-in, a page and a change', (grace) => ({ before: VISITOR, tabs: tabs(logIn({ grace }), view, write), check: loggedIn })),
  {
    name: 'a log-in, and pages and changes whose cookie is due',
    before: VISITOR,
    later: 2 * DAY,
    tabs: tabs(logIn(), view, write),
    check: loggedIn,
  },
  {
    name: 'log-ins of two users by one cookie',
    before: VISITOR,
    tabs: tabs(logIn(), logIn({ user: 'mallory' })),
    losses: 1,
    check: all(everyLogInHolds, browserIsLoggedIn, oneCart, logOutEndsAll),
  },
  { name: 'a guest’s log-in by double click', tabs: tabs(logIn(), logIn()), losses: 1, check: loggedIn },
  { name: 'a guest’s changes', tabs: tabs(write, { do: 'write', key: 'other' }, view), check: changesAreKept },
  { name: 'a guest’s log-in, and a change', tabs: tabs(logIn(), write), check: all(everyLogInHolds, changesAreKept) },
]

/** The other user's session has nothing of what was there before. */
function oneCart({ live }: Checked): string[] {
  const carts = [...live.values()].filter((item) => dataOf(item).cart === 1)
  return carts.length === 1 ? [] : [`${carts.length} sessions have the cart of before`]
}
