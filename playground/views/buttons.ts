// What there is to press, and what is said about it.
import type { Intent } from '../page.ts'

export interface Button {
  readonly label: string
  readonly hint: string
  readonly needs?: 'session' | 'user'
  readonly isDangerous?: true
}

export type Buttons = Partial<Record<Intent, Button>>

export const ACTIONS: Buttons = {
  count: { label: 'Count', hint: 'Adds one. The first change of a new visitor creates the session, with ten minutes to live.' },
  'count-locked': {
    label: 'Count, locked',
    hint: 'Adds one a second later, and holds the lock until then. Press it twice: both count.',
    needs: 'session',
  },
  flash: { label: 'Flash', hint: 'Leaves a message that the next page shows, once.' },
  regenerate: { label: 'Regenerate', hint: 'Moves the session to a new id: another key, the same data.', needs: 'session' },
  extend: {
    label: 'Extend',
    hint: 'Lets it end in an hour. A later end is written only when it gains a tenth of the lifetime.',
    needs: 'session',
  },
  'race-merge': {
    label: 'Different keys',
    hint: 'Two servers read, then both write a key of their own. Both changes are kept: the later writer merges.',
    needs: 'session',
  },
  'race-same': {
    label: 'Count twice',
    hint: 'Two servers read, then both count. Of one key the later write wins, so that it counts one. “Count, locked” is for that.',
    needs: 'session',
  },
  token: {
    label: 'Open a form',
    hint: 'Asks for a token against forged requests. Of a visitor, the session is stored for it: one write. Of a stored one it costs nothing.',
  },
  order: {
    label: 'Order',
    hint: 'Adds one, where a page of this origin asks, which browsers say by Sec-Fetch-Site or Origin. What says neither must bring the token.',
  },
  confirm: {
    label: 'Confirm password',
    hint: 'The user authenticated once more: a new id, and `authenticated_at` is now.',
    needs: 'user',
  },
  expire: {
    label: 'Expire now',
    hint: 'Ends it. The item stays until DynamoDB deletes it; no reader sees it.',
    needs: 'session',
    isDangerous: true,
  },
  clear: { label: 'Clear', hint: 'Ends it, and starts another one in the same request.', needs: 'session', isDangerous: true },
  destroy: { label: 'Log out', hint: 'Ends the session: item and cookie are gone.', needs: 'session', isDangerous: true },
  'revoke-others': {
    label: 'Log out everywhere else',
    hint: 'Ends all sessions of this user but this one. Looks again a second later.',
    needs: 'user',
    isDangerous: true,
  },
  'destroy-all': {
    label: 'Log out everywhere',
    hint: 'Destroys all sessions of this user, in every browser and on every page. Looks again a second later.',
    needs: 'user',
    isDangerous: true,
  },
}

/** Buttons that stand beside a field. */
export const FIELDS: Buttons = {
  'log-in': {
    label: 'Log in',
    hint: 'Moves the session to a new id; the old one is gone. Its time is kept beside the data, with a label of the device. “Remember me” is a lifetime of the session’s own.',
  },
  'change-password': {
    label: 'Change password',
    hint: 'Only within so many seconds of a log-in. express-session has no log-in that could say when it was: there the application keeps the time.',
    needs: 'user',
  },
  note: { label: 'Save', hint: 'Sets a key of its own, so that it never fights with Count.' },
}

/** In a list of sessions. */
export const REVOKE: Button = {
  label: 'Revoke',
  hint: 'Ends one session of this user’s, named by its key. Another user’s key does nothing.',
  needs: 'user',
}
