// Conditions that guarantees 2, 5, 8, 9, 15 and 16 rest on, and each of them taken out. The model must fail without any of them.

export interface Mutation {
  /** What is taken out. */
  readonly name: string
  readonly file: string
  /** There exactly once. */
  readonly text: string
  readonly replacement: string
  /**
   * A part of the names of the scenarios that find it. Without it the model does not try: each write would be repeated to its end in every
   * order. `lifetimes.test.ts` and the browsers of `test/faults/` find it.
   */
  readonly by?: string
}

const SESSIONS = 'src/core/sessions'

export const MUTATIONS: readonly Mutation[] = [
  // Guarantee 2: a cookie only for what the request did itself.
  {
    name: 'no cookie for what changed nothing',
    file: `${SESSIONS}/handle.ts`,
    text: "if (did === 'unchanged') return false",
    replacement: '',
    by: 'pages of one host',
  },
  {
    name: 'no cookie for what was carried out before the session moved',
    file: `${SESSIONS}/handle.ts`,
    text: 'if (!snapshot || tombstone) return false',
    replacement: 'if (!snapshot) return false',
    by: 'a rotation and a change whose cookie is due',
  },
  {
    name: 'a renewed cookie only for the first use in a while',
    file: `${SESSIONS}/handle.ts`,
    text: 'return isPersistent && (read === undefined || sessions.lifetime.isFirstUse(read, snapshot.state.updatedAt))',
    replacement: 'return isPersistent',
    by: 'a change and a page of one who came',
  },
  {
    name: 'no removal for a session that is gone',
    file: 'src/web/writer.ts',
    text: 'if (!snapshot) return lose({})',
    replacement: 'if (!snapshot) return (lose({}), stage.set(null))',
    by: 'a log-out and a rotation',
  },
  {
    name: 'a renewed cookie is taken back where the session is found moved later in the request',
    file: 'src/web/writer.ts',
    text: '    stage.takeBack()\n',
    replacement: '',
    by: 'a log-in, and pages and changes whose cookie is due',
  },
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
  // Guarantee 5: several cookies.
  {
    name: 'the next cookie where the first one is of no live session',
    file: `${SESSIONS}/open-handle.ts`,
    text: 'if (opened.rank === BEST) break',
    replacement: 'break',
    by: 'an older cookie in front',
  },
  {
    name: 'a log-out ends the sessions of all cookies',
    file: `${SESSIONS}/handle.ts`,
    text: '...others.map((other) => other.end())',
    replacement: '...[]',
    by: 'another live session in front',
  },
  {
    name: 'cookies in the order of the header, four at most',
    file: `${SESSIONS}/open-handle.ts`,
    text: 'const MOST_TRIED = 4',
    replacement: 'const MOST_TRIED = 3',
    by: 'of four, and a page',
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
    text: 'const expireAt = lifetime.expiry(state.createdAt, at, asked ?? state.maxExpireAt)',
    replacement: 'const expireAt = lifetime.expiry(state.createdAt, at, asked)',
    by: 'a lifetime that',
  },
  {
    name: 'a new id keeps the lifetime that the session asked for',
    file: `${SESSIONS}/writes/regenerate.ts`,
    text: '    asked: asked ?? old.state.maxExpireAt,\n    createdAt',
    replacement: '    asked,\n    createdAt',
    by: 'a lifetime that',
  },
  {
    name: 'a cookie says the lifetime that the session asked for',
    file: 'src/react-router/session-storage.ts',
    text: 'const end = askedFor(serializeOptions) ?? snapshot.state.maxExpireAt',
    replacement: 'const end = askedFor(serializeOptions)',
    by: 'a lifetime that',
  },
  // Guarantee 9: moved is not gone.
  {
    name: 'a late request with the old id begins no session for 10 s',
    file: 'src/core/items/tombstone.ts',
    text: 'return at - movedAt >= LATE',
    replacement: 'return true',
    by: 'a log-in, a page and a change',
  },
  {
    name: 'a session that moved is one, where a write finds it so',
    file: `${SESSIONS}/context.ts`,
    text: 'if (item?.moved !== undefined) return movedTo(tombstoneOf(key, item, now()))',
    replacement: 'if (item?.moved !== undefined) return GONE',
    by: 'a log-in by double click',
  },
  {
    name: 'a rotation only of the version that was read',
    file: `${SESSIONS}/writes/regenerate.ts`,
    text: "condition: [WRITABLE, ...clauses].join(' AND '),\n        values: { ':now': numeric(now()), ...values },",
    replacement: "condition: WRITABLE,\n        values: { ':now': numeric(now()) },",
    by: 'a rotation and two changes',
  },
  {
    name: 'a rotation only of a session that is live',
    file: `${SESSIONS}/writes/regenerate.ts`,
    text: "condition: [WRITABLE, ...clauses].join(' AND ')",
    replacement: "condition: ['attribute_exists(#updated_at)', ...clauses].join(' AND ')",
    by: 'two rotations',
  },
  {
    name: 'a rotation only of the kin that was read',
    file: `${SESSIONS}/writes/regenerate.ts`,
    text: 'context.options.hashIds, true)',
    replacement: 'context.options.hashIds, false)',
    by: 'a log-in, a rotation, and a second click',
  },
  {
    name: 'what was written meanwhile goes along with a rotation',
    file: `${SESSIONS}/writes/regenerate.ts`,
    text: 'const saved = await update(context, fresh, () => merged,',
    replacement: 'const saved = await update(context, fresh, () => contentOn(start),',
    by: 'a rotation and two changes',
  },
  {
    name: 'a rotation that comes second leaves no record',
    file: `${SESSIONS}/writes/regenerate.ts`,
    text: '        await items.delete(fresh.state.key)\n        return latest',
    replacement: '        return latest',
    by: 'two rotations',
  },
  {
    name: 'a rotation of what has moved is refused, if it read before',
    file: `${SESSIONS}/writes/regenerate.ts`,
    text: 'latest.tombstone && isLogin(context, whole)',
    replacement: 'latest.tombstone',
    by: 'two rotations',
  },
  {
    name: 'a rotation of what has moved is refused, if it read after',
    file: `${SESSIONS}/writes/regenerate.ts`,
    text: 'if (!isLogin(context, draft)) return movedTo(tombstone)',
    replacement: '',
    by: 'two rotations',
  },
  {
    name: 'a log-in of what has moved is none that is refused',
    file: `${SESSIONS}/writes/regenerate.ts`,
    text: 'latest.tombstone && isLogin(context, whole)',
    replacement: 'false && isLogin(context, whole) && latest.tombstone',
    by: 'a log-in by double click',
  },
  {
    name: 'a log-in is told by what the request found',
    file: `${SESSIONS}/writes/regenerate.ts`,
    text: 'base: intent.before ?? intent.base',
    replacement: 'base: intent.base',
    by: 'stores the user first',
  },
  {
    name: 'a log-in keeps what a move refused',
    file: 'src/web/writer.ts',
    text: 'meantBy: (shown) => (refused?.shown === shown.text ? refused.content : shown)',
    replacement: 'meantBy: (shown) => shown',
    by: 'stores the user first',
  },
  {
    name: 'a log-in is added to the kin of its successor',
    file: `${SESSIONS}/writes/sibling.ts`,
    text: 'set: { kin: kinAttribute([...kin, key]) as Item[string] }',
    replacement: "set: { linked: { S: '1' } }",
    by: 'a log-in by double click',
  },
  {
    name: 'a log-in that read before the move names its successor',
    file: `${SESSIONS}/writes/sibling.ts`,
    text: 'const kin = kinAttribute([...kinOf({ kin: sibling.state.rawKin }), tombstone.to]) as Item[string]',
    replacement: "const kin: Item[string] = { S: kinOf({ kin: sibling.state.rawKin }).join(' ') }",
    by: 'a log-in by double click',
  },
  {
    name: 'a log-in that read after the move names its successor',
    file: `${SESSIONS}/writes/regenerate.ts`,
    text: 'kin: [tombstone.to] })',
    replacement: 'kin: [] })',
    by: 'a log-in by double click',
  },
  {
    name: 'a log-in is added only to a successor that is live',
    file: `${SESSIONS}/writes/sibling.ts`,
    text: 'condition: [WRITABLE, ...(userId',
    replacement: "condition: ['(attribute_exists(#updated_at) OR attribute_not_exists(#updated_at))', ...(userId",
    by: 'a log-out and a log-in by double click, where options',
  },
  {
    name: 'a log-in is added only to a successor of its user',
    file: `${SESSIONS}/writes/sibling.ts`,
    text: "...(userId ? ['#user_id = :user_id'] : [])",
    replacement: '...(userId && false ? [] : [])',
    by: 'log-ins of two users',
  },
  {
    name: 'a log-in is added to the kin that is there',
    file: `${SESSIONS}/writes/sibling.ts`,
    text: "rawKin ? '#kin = :was_kin' : 'attribute_not_exists(#kin)'",
    replacement: "'attribute_exists(#data)'",
    by: 'a log-in by three clicks',
  },
  {
    name: 'a log-in whose successor has ended leaves no record',
    file: `${SESSIONS}/writes/sibling.ts`,
    text: '  await items.delete(key)\n  return movedTo(tombstone)',
    replacement: '  return movedTo(tombstone)',
    by: 'a log-out and a log-in by double click',
  },
  {
    name: 'a tombstone has no data without a grace time',
    file: `${SESSIONS}/writes/regenerate.ts`,
    text: '...(isReadable ? [] : empty.remove)',
    replacement: '',
    by: 'two rotations',
  },
  {
    name: 'a tombstone has no user',
    file: `${SESSIONS}/writes/regenerate.ts`,
    text: "remove: [...LOCK_ATTRIBUTES, 'user_id', ",
    replacement: 'remove: [...LOCK_ATTRIBUTES, ',
    by: 'two rotations',
  },
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
