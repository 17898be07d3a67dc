// The public store, whose records its users hold themselves.
import { createSessionStore } from 'dynamodb-sessions'
import type { SessionRecord, SessionOptions } from 'dynamodb-sessions'
import { VISITOR, found, loaders } from './contender.ts'
import type { Contender, Visitor } from './contender.ts'

export function store(options: SessionOptions): Contender {
  const sessions = createSessionStore<Visitor>(options)
  const read = async (id: string): Promise<SessionRecord<Visitor>> => found((await loaders(() => sessions.read(id)))[0])
  return {
    create: async () => (await sessions.create(VISITOR)).id,
    view: read,
    rolling: async (id) => sessions.touch(await read(id)),
    async change(id) {
      const record = await read(id)
      await sessions.update(record, { ...record.data, count: record.data.count + 1 })
    },
    end: (id) => sessions.destroy(id),
  }
}
