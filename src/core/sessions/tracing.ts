import { concealed } from '../base/conceal.ts'
import { isId } from '../base/id.ts'
import type { SessionOperation } from '../options/options.ts'
import type { Sessions } from './sessions.ts'
import type { Found, Outcome } from './record/snapshot.ts'
import { hasSubscribers, readOutcome, traceOperation } from '../base/tracing.ts'
import type { SessionTrace, Subject } from '../base/tracing.ts'

/** What all operations on sessions work on. */
export function subject({ items, options }: Pick<Sessions, 'items' | 'options'>): Omit<Subject, 'key'> {
  return { table: items.dynamo.table, hashIds: options.hashIds }
}

/** The sessions, which tell of what they do where somebody listens. */
export function withTracing(sessions: Sessions): Sessions {
  const about = subject(sessions)
  const write = (operation: SessionOperation, key: string, work: () => Promise<Outcome>): Promise<Outcome> =>
    traceOperation('write', operation, { ...about, key }, work, ({ did }) => OUTCOMES[did])
  const read = (id: string, work: () => Promise<Found>): Promise<Found> =>
    traceOperation('read', 'read', { ...about, key: sessions.keyOf(id) }, work, ({ snapshot }) => readOutcome(snapshot))

  return {
    ...sessions,

    open(id, onSent) {
      if (!hasSubscribers('read') || !isId(id)) return sessions.open(id, onSent)
      let decode!: () => Promise<Found>
      // Decoded at once: the operation that is told of ends with its first copy.
      const first = read(id, () => (decode = sessions.open(id, onSent))())
      first.catch(() => {}) // reported to whoever decodes
      let isTaken = false
      return () => {
        if (isTaken) return decode()
        isTaken = true
        return first
      }
    },
    latest: (id, ...rest) => (isId(id) ? read(id, () => sessions.latest(id, ...rest)) : sessions.latest(id)),

    create: (content, options) =>
      traceOperation(
        'write',
        'create',
        { ...about, key: undefined },
        () => sessions.create(content, options),
        (created, trace) => {
          trace.key = about.hashIds ? created.state.key : concealed(created.state.key)
          return 'written'
        },
      ),
    save: (intent, ...rest) => write('update', intent.from.state.key, () => sessions.save(intent, ...rest)),
    edit: (intent, ...rest) => write('update', intent.from.state.key, () => sessions.edit(intent, ...rest)),
    touch: (from, ...rest) => write('touch', from.state.key, () => sessions.touch(from, ...rest)),
    regenerate: (intent, ...rest) => write('regenerate', intent.from.state.key, () => sessions.regenerate(intent, ...rest)),
    regenerateMoved: (draft, tombstone, ...rest) =>
      write('regenerate', tombstone.key, () => sessions.regenerateMoved(draft, tombstone, ...rest)),
    destroy: (key, ...rest) =>
      traceOperation(
        'destroy',
        'destroy',
        { ...about, key },
        () => sessions.destroy(key, ...rest),
        () => 'destroyed',
      ),
  }
}

const OUTCOMES: Record<Outcome['did'], SessionTrace['outcome']> = {
  created: 'written',
  written: 'written',
  touched: 'written',
  regenerated: 'written',
  unchanged: 'unchanged',
  moved: 'gone',
  gone: 'gone',
}
