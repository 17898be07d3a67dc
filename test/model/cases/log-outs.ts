// Log-outs, of one browser and everywhere.
import { allHasEnded, userHasEnded } from '../checks.ts'
import { keyOf } from '../play.ts'
import { DAY, view, write, logOut, logIn, rotate, tabs, VISITOR, USER, TWICE, ofGrace } from '../plans.ts'
import type { Scenario } from '../scenarios.ts'

export const LOG_OUTS: readonly Scenario[] = [
  ...ofGrace('a log-out and a rotation', (grace) => ({ before: USER, tabs: tabs(logOut, rotate({ grace })), check: allHasEnded })),
  ...ofGrace('a log-out and a log-in', (grace) => ({ before: VISITOR, tabs: tabs(logOut, logIn({ grace })), check: allHasEnded })),
  ...ofGrace('a log-out and a log-in by double click', (grace) => ({
    before: VISITOR,
    tabs: tabs(logOut, logIn({ grace }), logIn()),
    check: allHasEnded,
  })),
  {
    name: 'a log-out and a log-in by double click, where options name no user',
    before: VISITOR,
    options: {},
    tabs: tabs(logOut, logIn(), logIn()),
    check: allHasEnded,
  },
  ...ofGrace('a log-out and two rotations', (grace) => ({
    before: USER,
    tabs: tabs(logOut, rotate({ grace }), rotate({ grace })),
    check: allHasEnded,
  })),
  ...ofGrace('a log-out, a rotation and a change', (grace) => ({
    before: USER,
    tabs: tabs(logOut, rotate({ grace }), write),
    check: allHasEnded,
  })),
  { name: 'a log-out, a change and a page', before: USER, later: 2 * DAY, tabs: tabs(logOut, write, view), check: allHasEnded },
  ...ofGrace('a log-out by the first id, and two rotations one after the other', (grace) => ({
    before: USER,
    tabs: tabs(logOut, [rotate({ grace }), rotate({ grace })]),
    check: allHasEnded,
  })),
  ...ofGrace('a log-out of what was logged in twice', (grace) => ({
    before: TWICE,
    tabs: tabs(logOut, rotate({ grace })),
    check: allHasEnded,
  })),
  { name: 'two log-outs', before: TWICE, tabs: tabs(logOut, logOut, view), check: allHasEnded },
  ...ofGrace('a log-out after a log-in and a rotation, and a second click', (grace) => ({
    before: VISITOR,
    tabs: tabs([logIn({ grace }), rotate({ grace }), logOut], logIn()),
    check: allHasEnded,
  })),
]

/** What ends the sessions of a user knows no adapter. */
export const EVERYWHERE: readonly Scenario[] = (
  [
    {
      name: 'a log-out everywhere just after a log-in',
      before: USER,
      tabs: tabs(view),
      endsUser: { user: 'ada' },
      isIndexLagging: true,
      isIndexEmpty: true,
      check: userHasEnded('ada'),
    },
    {
      name: 'a log-out everywhere and a rotation',
      before: USER,
      tabs: tabs(rotate()),
      endsUser: { user: 'ada' },
      isIndexLagging: true,
      check: userHasEnded('ada'),
    },
    {
      name: 'a log-out everywhere and a rotation with grace',
      before: USER,
      tabs: tabs(rotate({ grace: 30 }), view),
      endsUser: { user: 'ada' },
      check: userHasEnded('ada'),
    },
    { name: 'a log-out everywhere and a change', before: USER, tabs: tabs(write), endsUser: { user: 'ada' }, check: userHasEnded('ada') },
    {
      name: 'a log-out everywhere and two rotations',
      before: USER,
      tabs: tabs([rotate(), rotate()]),
      endsUser: { user: 'ada' },
      isIndexLagging: true,
      check: userHasEnded('ada'),
    },
    {
      name: 'a log-out everywhere of what was logged in twice',
      before: TWICE,
      tabs: tabs(view),
      endsUser: { user: 'ada' },
      check: userHasEnded('ada'),
    },
    {
      name: 'a log-out everywhere else, asked for with the id of before',
      before: [...TWICE, { do: 'rotate', from: 1 }],
      tabs: tabs(view),
      endsUser: { user: 'ada', except: 1 },
      check: ({ live, held }) =>
        live.size === 1 && live.has(keyOf(held[3] as string)) ? [] : [`${live.size} sessions are live, or not the one that asked`],
    },
    {
      name: 'a log-out everywhere else, and a rotation',
      before: USER,
      tabs: tabs(rotate()),
      endsUser: { user: 'ada', except: 1 },
      isIndexLagging: true,
      // Not promised: the spared session may end while its id is being exchanged.
      check: ({ live }) => (live.size <= 1 ? [] : [`${live.size} sessions are live`]),
    },
    {
      name: 'a log-out everywhere of another application’s user',
      before: [{ do: 'log in', user: 'root' }],
      options: { userIdKey: 'user', keyPrefix: 'shop:admin:' },
      tabs: tabs(view),
      endsUser: { user: 'admin:root', keyPrefix: 'shop:' },
      check: ({ live }) => (live.size === 1 ? [] : ['another application’s session has ended']),
    },
  ] as Scenario[]
).map((scenario) => Object.assign(scenario, { doors: ['h3' as const] }))
