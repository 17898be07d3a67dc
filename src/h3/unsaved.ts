// In development: data that a handler changed and did not store, as it is easily forgotten where other sessions save by themselves.
import { changesBetween } from '../core/sessions/record/merge.ts'
import type { Serialization } from '../core/sessions/record/serialize.ts'
import type { Sessions } from '../core/sessions/sessions.ts'
import type { RequestSession } from '../web/session.ts'
import type { Writer } from '../web/writer.ts'
import { warnOnce } from '../core/base/warn-once.ts'
import type { SessionEvent } from './types.ts'

/** What we need of an event to say where that was. */
interface Placed {
  readonly method?: unknown
  readonly path?: unknown
  readonly req?: { readonly method?: unknown }
  readonly url?: { readonly pathname?: unknown }
  readonly node?: { readonly res?: { once?(event: 'finish', listener: () => void): unknown; readonly statusCode?: number } }
}

/** Looks when the response has gone, where Node says so. */
export function watchUnsaved(event: SessionEvent, sessions: Sessions, loaded: Promise<RequestSession>): void {
  const { node } = event as Placed
  if (!isDevelopment() || typeof node?.res?.once !== 'function') return
  node.res.once('finish', () => {
    // Whoever failed has other worries.
    if ((node.res?.statusCode ?? 200) < 500) loaded.then((found) => warnOfUnsaved(event, sessions, found)).catch(() => {})
  })
}

/** Warns once of each place, after what is being stored. */
export async function warnOfUnsaved(event: SessionEvent, { serialization }: Sessions, { writer }: RequestSession): Promise<void> {
  if (!isDevelopment()) return
  await writer.handle.inTurn('read', async () => {
    const keys = unsaved(writer, serialization)
    if (keys.length === 0) return
    const place = placeOf(event as Placed)
    warnOnce(
      'SESSION_NOT_STORED',
      `${place} changed \`session.data\` (${keys.join(', ')}) and did not store it: nothing of that is left. Call \`await session.update()\` ` +
        'before the response',
      place,
    )
  })
}

/** The names of what was changed in place and is not stored. */
function unsaved({ handle: { state, base }, data }: Writer, { parse, stringify }: Serialization): string[] {
  if (state !== 'new' && state !== 'stored') return []
  const changes = changesBetween(base === '' ? {} : parse('', base), data, stringify)
  return changes ? [...changes.set.keys(), ...changes.removed.keys()] : []
}

function isDevelopment(): boolean {
  return process.env.NODE_ENV === 'development'
}

function placeOf({ method, path, req, url }: Placed): string {
  const where = String(url?.pathname ?? path ?? '').split('?')[0] as string
  const how = String(req?.method ?? method ?? '')
  return `${/^[A-Z]{1,10}$/.test(how) ? how : 'A request to'} ${/^[\x21-\x7E]{1,200}$/.test(where) ? where : 'some path'}`
}
