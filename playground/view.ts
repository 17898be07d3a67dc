import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { SCRIPT, STYLE } from './assets.ts'
import { html, trusted } from './html.ts'
import type { Html } from './html.ts'
import type { Intent, Loaded, PlaygroundPage } from './pages.ts'
import type { Visit } from './requests.ts'

export interface View {
  readonly engine: string
  readonly tableName: string
  readonly pages: readonly PlaygroundPage[]
  readonly page: PlaygroundPage
  readonly loaded: Loaded
  /** Of the session that the browser's cookie names. */
  readonly key: string | undefined
  /** What the table holds under `key`. */
  readonly item: Record<string, AttributeValue> | undefined
  /** The visit that this page answers. */
  readonly noted: Visit
  readonly before: readonly Visit[]
}

export function renderPage(view: View): Html {
  const { engine, tableName, pages, page, loaded } = view
  return renderDocument(
    'Playground',
    html`
      <header>
        <h1>dynamodb-sessions playground</h1>
        <p>Table ${tableName} on ${engine}</p>
      </header>
      <nav aria-label="Frameworks">
        ${pages.map((each) => html`<a href="${each.path}" ${each === page && trusted('aria-current="page"')}>${each.title}</a>`)}
      </nav>
      <main>
        ${loaded.message !== undefined && html`<p class="message" role="status" data-show="message">${loaded.message}</p>`}
        <div class="column">${renderSession(loaded)} ${renderActions(page.path, loaded)}</div>
        <div class="column">${renderItem(view)} ${renderRequests(view)}</div>
      </main>
    `,
  )
}

export function renderError(title: string, message: string): Html {
  return renderDocument(
    title,
    html`<main>
      <section>
        <h1>${title}</h1>
        <p>${message}</p>
        <p><a href="/">Back to the playground</a></p>
      </section>
    </main>`,
  )
}

function renderSession({ isNew, user, count, data }: Loaded): Html {
  return html`<section aria-labelledby="session">
    <h2 id="session">The session, as the app sees it</h2>
    <p class="hint">${isNew ? 'None. One is created when there is something to keep.' : 'Read from the table for this page.'}</p>
    <dl>
      <dt>User</dt>
      <dd data-show="user">${user ?? 'not logged in'}</dd>
      <dt>Count</dt>
      <dd data-show="count">${count}</dd>
    </dl>
    <pre data-show="data">${JSON.stringify(data, undefined, 2)}</pre>
  </section>`
}

const BUTTONS: readonly { intent: Intent; label: string; hint: string; needsSession?: boolean; isDangerous?: boolean }[] = [
  { intent: 'count', label: 'Count', hint: 'Adds one. The first change of a new visitor creates the session, with ten minutes to live.' },
  { intent: 'flash', label: 'Flash', hint: 'Leaves a message that the next page shows, once.' },
  {
    intent: 'extend',
    label: 'Extend',
    hint: 'Lets it end in an hour. A later end is written only when it gains a tenth of the lifetime.',
    needsSession: true,
  },
  {
    intent: 'expire',
    label: 'Expire now',
    hint: 'Ends it. The item stays until DynamoDB deletes it; no reader sees it.',
    needsSession: true,
    isDangerous: true,
  },
  { intent: 'destroy', label: 'Destroy', hint: 'Logs out: item and cookie are gone.', needsSession: true, isDangerous: true },
]

function renderActions(path: string, { isNew }: Loaded): Html {
  return html`<section aria-labelledby="actions">
    <h2 id="actions">Actions</h2>
    <p class="hint">Logging in moves the session to a new id; the old one is gone.</p>
    <form method="post" action="${path}">
      <label for="name">Name</label>
      <div class="login">
        <input id="name" name="name" value="Ada" maxlength="80" required autocomplete="off" />
        <button class="main" name="intent" value="log-in">Log in</button>
      </div>
    </form>
    <form method="post" action="${path}" class="actions">
      ${BUTTONS.map(
        ({ intent, label, hint, needsSession, isDangerous }) =>
          html`<button
              name="intent"
              value="${intent}"
              ${isDangerous === true && trusted('class="danger"')}
              aria-describedby="about-${intent}"
              ${needsSession === true && isNew && trusted('disabled')}
            >
              ${label}
            </button>
            <span id="about-${intent}">${hint}</span>`,
      )}
    </form>
  </section>`
}

function renderItem({ key, item }: View): Html {
  return html`<section aria-labelledby="item">
    <h2 id="item">The item, as the table holds it</h2>
    <p class="hint" data-show="state">${key === undefined ? 'None: the browser sent no cookie that this server signed.' : stateOf(item)}</p>
    ${item !== undefined && renderAttributes(item)} ${key !== undefined && !item && html`<code data-show="key">${key}</code>`}
  </section>`
}

function stateOf(item: Record<string, AttributeValue> | undefined): string {
  if (!item) return 'None under the key that the browser’s cookie stands for: it was destroyed, or DynamoDB has deleted it.'
  if (!item.data) return 'A tombstone: the session has moved to another id, and this one is dead.'
  const expireAt = item.expire_at?.N
  return expireAt !== undefined && Number(expireAt) <= Date.now() / 1000
    ? 'Expired: it is still there, and no reader sees it.'
    : 'Live. The key is a hash of the id in the cookie: safe to show, useless as a cookie.'
}

const ORDER = ['session_id', 'data', 'user_id', 'created_at', 'updated_at', 'expire_at', 'max_expire_at', 'version']
const rank = (name: string): number => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length)

function renderAttributes(item: Record<string, AttributeValue>): Html {
  const attributes = Object.entries(item).toSorted(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b))
  return html`<table class="item">
    <thead>
      <tr>
        <th scope="col">Attribute</th>
        <th scope="col">Type</th>
        <th scope="col">Value</th>
      </tr>
    </thead>
    <tbody>
      ${attributes.map(([name, value]) => {
        const [type, text] = typeAndText(value)
        return html`<tr>
          <th scope="row"><code>${name}</code></th>
          <td><code>${type}</code></td>
          <td><code data-attribute="${name}">${text}</code>${renderTime(name, value.N)}</td>
        </tr>`
      })}
    </tbody>
  </table>`
}

function typeAndText(value: AttributeValue): [type: string, text: string] {
  if (value.S !== undefined) return ['S', value.S]
  if (value.N !== undefined) return ['N', value.N]
  if (value.B !== undefined) return ['B', `${value.B.byteLength} bytes: ${Buffer.from(value.B).toString('base64')}`]
  const [type = '?', other] = Object.entries(value)[0] ?? []
  return [type, JSON.stringify(other) ?? '']
}

function renderTime(name: string, seconds: string | undefined): Html | undefined {
  const date = new Date(Number(seconds) * 1000)
  if (seconds === undefined || !name.endsWith('_at') || Number.isNaN(date.getTime())) return undefined
  const text = date
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC')
  return html`<small
    ><time datetime="${date.toISOString()}">${text}</time>${
      name === 'expire_at' && html` · <span class="left" data-until="${seconds}"></span>`
    }</small
  >`
}

function renderRequests({ noted, before, key }: View): Html {
  const { length } = noted.operations
  return html`<section aria-labelledby="requests">
    <h2 id="requests">Requests to DynamoDB</h2>
    <p class="big" data-show="cost">
      This page view: ${length}
      ${length === 1 ? 'request' : 'requests'}${length > 0 && html` (<code data-show="operations">${noted.operations.join(', ')}</code>)`}
    </p>
    <p class="hint">
      ${
        key === undefined
          ? 'A cookie that is missing, malformed or wrongly signed costs none.'
          : 'Not counted: one GetItem that only this page makes, to show the item.'
      }
    </p>
    ${
      before.length > 0 &&
      html`<table>
        <thead>
          <tr>
            <th scope="col">Before it</th>
            <th scope="col">Requests</th>
            <th scope="col" class="number">Time</th>
          </tr>
        </thead>
        <tbody>
          ${before.map(
            ({ label, operations, milliseconds }) =>
              html`<tr data-visit="${label}">
                <td>${label}</td>
                <td data-operations>${operations.join(', ') || 'none'}</td>
                <td class="number">${milliseconds.toFixed(0)} ms</td>
              </tr>`,
          )}
        </tbody>
      </table>`
    }
  </section>`
}

function renderDocument(title: string, body: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · dynamodb-sessions</title>
        <link rel="icon" href="data:," />
        ${trusted(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <div class="wrap">${body}</div>
        ${trusted(`<script>${SCRIPT}</script>`)}
      </body>
    </html>`
}
