// Log-outs, of one session and everywhere, beside other applications: guarantees 9, 15 and 16.
import { SESSIONS } from './mutation.ts'
import type { Mutation } from './mutation.ts'

export const LOG_OUTS: readonly Mutation[] = [
  // Guarantee 9: log-outs.
  {
    name: 'a log-out ends the kin of a session',
    file: `${SESSIONS}/writes/end.ts`,
    text: '...kinOf(item)])) due.push',
    replacement: '])) due.push',
    by: 'a log-in by double click',
  },
  {
    name: 'a log-out follows where the session moved',
    file: `${SESSIONS}/writes/end.ts`,
    text: "if (tombstone) due.push({ key: tombstone.to, as: 'session' })",
    replacement: '',
    by: 'a log-out and a rotation',
  },
  {
    name: 'a log-out follows where kin moved',
    file: `${SESSIONS}/writes/end.ts`,
    text: ' && (!tombstone || ended.has(tombstone.to))',
    replacement: '',
    by: 'a log-in, a rotation, and a second click',
  },
  {
    name: 'a log-out leaves the tombstone',
    file: `${SESSIONS}/writes/end.ts`,
    text: "expression: 'attribute_not_exists(#moved)'",
    replacement: "expression: 'attribute_exists(#updated_at) OR attribute_not_exists(#moved)'",
    by: 'a log-out and a rotation',
  },
  {
    name: 'a log-out takes the data of a tombstone away',
    file: `${SESSIONS}/writes/end.ts`,
    text: '      await clearTombstone({ items, options }, { key: each, token: item.moved.S })\n',
    replacement: '',
    by: 'a log-out and a rotation, with grace',
  },
  {
    name: 'a session that moved long ago is remembered for a log-out',
    file: `${SESSIONS}/handle.ts`,
    text: "{ is: 'new', id, tombstone }",
    replacement: "{ is: 'new' }",
    by: 'a log-out perhaps long after',
  },
  // Guarantee 15: applications that share a table.
  {
    name: 'keys of our sessions only',
    file: `${SESSIONS}/sessions.ts`,
    text: 'isKey: (itemKey) => isSessionKey(itemKey, naming)',
    replacement: 'isKey: (itemKey) => itemKey.startsWith(naming.keyPrefix)',
    by: 'another application',
  },
  // Guarantee 16: log out everywhere.
  {
    name: 'a log-out everywhere looks twice, also where the first look finds nothing',
    file: `${SESSIONS}/users.ts`,
    text: 'if (found === 0 && look > 0) break',
    replacement: 'if (found === 0) break',
    by: 'just after a log-in',
  },
  {
    name: 'a log-out everywhere ends kin',
    file: `${SESSIONS}/users.ts`,
    text: "for (const kin of kinOf(item)) await end(kin, 'kin')",
    replacement: '',
    by: 'a log-out everywhere and a rotation with grace',
  },
  {
    name: 'a log-out everywhere ends sessions of that user only',
    file: `${SESSIONS}/users.ts`,
    text: "const condition = { expression: '#user_id = :user_id', values: { ':user_id': { S: userId } } }",
    replacement:
      "const condition = { expression: 'attribute_exists(#data) OR #user_id = :user_id', values: { ':user_id': { S: userId } } }",
    by: 'a log-out everywhere',
  },
  {
    name: 'a log-out everywhere else spares what the session moved on to',
    file: `${SESSIONS}/users.ts`,
    text: 'last = tombstone?.to ?? last',
    replacement: 'last = tombstone ? last : last',
    by: 'a log-out everywhere else',
  },
]
