import { concealed } from '../base/conceal.ts'
import { isId } from '../base/id.ts'
import type { Sessions } from './sessions.ts'
import type { Snapshot } from './record/snapshot.ts'
import { hasSubscribers, readOutcome, traceOperation, writeOutcome } from '../base/tracing.ts'
import type { Subject } from '../base/tracing.ts'

/** What all operations on sessions work on. */
export function subject({ records, options }: Pick<Sessions, 'records' | 'options'>): Omit<Subject, 'key'> {
  return { table: records.dynamo.table, hashIds: options.hashIds }
}

/** The sessions, which tell of what they do where somebody listens. */
export function withTracing(sessions: Sessions): Sessions {
  const about = subject(sessions)
  const write = <Result>(operation: string, key: string | undefined, work: () => Promise<Result>): Promise<Result> =>
    traceOperation('write', operation, { ...about, key }, work, writeOutcome)
  const read = <Result>(id: string, work: () => Promise<Result>): Promise<Result> =>
    traceOperation('read', 'read', { ...about, key: sessions.keyOf(id) }, work, readOutcome)

  return {
    ...sessions,

    open(id, onSent) {
      if (!hasSubscribers('read') || !isId(id)) return sessions.open(id, onSent)
      let decode!: () => Promise<Snapshot | null>
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
    latest: (id) => (isId(id) ? read(id, () => sessions.latest(id)) : sessions.latest(id)),

    create: (data, options) =>
      traceOperation(
        'write',
        'create',
        { ...about, key: undefined },
        () => sessions.create(data, options),
        (created, trace) => {
          trace.key = about.hashIds ? created.state.key : concealed(created.state.key)
          return 'written'
        },
      ),
    save: (from, ...rest) => write('update', from.state.key, () => sessions.save(from, ...rest)),
    edit: (from, ...rest) => write('update', from.state.key, () => sessions.edit(from, ...rest)),
    touch: (from, ...rest) => write('touch', from.state.key, () => sessions.touch(from, ...rest)),
    regenerate: (from, ...rest) => write('regenerate', from.state.key, () => sessions.regenerate(from, ...rest)),
    destroy: (key) =>
      traceOperation(
        'destroy',
        'destroy',
        { ...about, key },
        () => sessions.destroy(key),
        () => 'destroyed',
      ),
  }
}
