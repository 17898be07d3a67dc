// Which cookies a response has, and which of several a request means: guarantees 2 and 5.
import { SESSIONS } from './mutation.ts'
import type { Mutation } from './mutation.ts'

export const COOKIES: readonly Mutation[] = [
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
    text: '(read === undefined || this.#sessions.lifetime.isFirstUse(read, snapshot.state.updatedAt))',
    replacement: 'true',
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
    text: '...this.#others.map((other) => other.end())',
    replacement: '...[]',
    by: 'another live session in front',
  },
  {
    name: 'cookies in the order of the header, four at most',
    file: 'src/core/base/cookie-header.ts',
    text: 'const MOST_IDS = 4',
    replacement: 'const MOST_IDS = 3',
    by: 'of four, and a page',
  },
]
