// What a write finds in the table, and the times that it leaves: guarantees 2, 3, 4 and 8.
import { SESSIONS } from './mutation.ts'
import type { Mutation } from './mutation.ts'

export const WRITES: readonly Mutation[] = [
  // Guarantee 2: what has ended stays so.
  {
    name: 'a write only where the session is live',
    file: `${SESSIONS}/writes/update.ts`,
    text: "condition: [WRITABLE, later.clause, ...clauses].join(' AND ')",
    replacement: "condition: ['attribute_exists(#updated_at)', ...clauses].join(' AND ')",
    by: 'a log-in by double click, and a change',
  },
  {
    name: 'a touch only where the session is live',
    file: `${SESSIONS}/writes/conditions.ts`,
    text: 'WRITABLE, later.clause, ',
    replacement: 'later.clause, ',
    by: 'a log-in, and pages and changes whose cookie is due',
  },
  {
    name: 'another id for a session whose first attempt may arrive late',
    file: `${SESSIONS}/writes/create.ts`,
    text: 'if (!first.mayArriveLate || !isExchangeable) return first.snapshot',
    replacement: 'if (first) return first.snapshot',
    by: 'a log-out and a rotation, with an attempt',
  },
  // Guarantee 3 and 4.
  {
    name: 'a write only on the version that was read',
    file: `${SESSIONS}/writes/conditions.ts`,
    text: "same('version', state.version === undefined ? undefined : { S: state.version })",
    replacement: '',
    by: 'a rotation and two changes',
  },
  {
    name: 'a move that was carried out is told by its token',
    file: `${SESSIONS}/writes/regenerate.ts`,
    text: 'isOurs: (item) => item?.moved?.S === token',
    replacement: 'isOurs: () => false',
    by: 'a log-in by double click, with an attempt',
  },
  // Guarantee 8: times and lifetimes.
  {
    name: 'a touch only where the record has no later time',
    file: `${SESSIONS}/writes/conditions.ts`,
    text: ', later.clause',
    replacement: '',
    by: 'touches by hosts',
  },
  {
    name: 'a write only where the record has no later time',
    file: `${SESSIONS}/writes/update.ts`,
    text: '[WRITABLE, later.clause, ...clauses]',
    replacement: '[WRITABLE, ...clauses]',
    by: 'touches by hosts',
  },
  {
    name: 'a host whose clock is behind moves no time back',
    file: `${SESSIONS}/record/lifetime.ts`,
    text: 'return Math.max(now(), Math.ceil(updatedAt * 1000 - 0.01) / 1000)',
    replacement: 'return now() + updatedAt * 0',
  },
  {
    name: 'a new id keeps the time of the old one, where a host is behind',
    file: `${SESSIONS}/writes/regenerate.ts`,
    text: 'notBefore: writeTime(old.state)',
    replacement: 'notBefore: 0',
    by: 'a rotation by a host',
  },
  {
    name: 'a write keeps the lifetime that the session asked for',
    file: `${SESSIONS}/writes/update.ts`,
    text: 'lifetime.expiry(state.createdAt, at, boundOf(state, options))',
    replacement: 'lifetime.expiry(state.createdAt, at, asked)',
    by: 'a lifetime that',
  },
  {
    name: 'a new id keeps the lifetime that the session asked for',
    file: `${SESSIONS}/writes/regenerate.ts`,
    text: 'boundOf(state, options)',
    replacement: 'asked',
    by: 'a lifetime that',
  },
  {
    name: 'a cookie says the lifetime that the session asked for',
    file: 'src/react-router/session-storage.ts',
    text: 'const end = asked ?? maxExpireAt',
    replacement: 'const end = asked',
    by: 'a lifetime that',
  },
]
