import { renderActions, renderRace } from './actions.ts'
import { SCRIPT, STYLE } from './assets.ts'
import { html, timeOf, trusted } from './html.ts'
import type { Html } from './html.ts'
import { renderItem } from './item.ts'
import type { Item } from './item.ts'
import type { Loaded, PlaygroundPage } from './page.ts'
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
  readonly item: Item | undefined
  /** The visit that this page is the response to. */
  readonly noted: Visit
  readonly before: readonly Visit[]
}

export function renderPage(view: View): Html {
  const { engine, tableName, pages, page, loaded, key, item } = view
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
        <div class="column">${renderSession(loaded)} ${renderActions(page, loaded)} ${renderRace(page, loaded)}</div>
        <div class="column">${renderItem(key, item)} ${renderRequests(view)} ${renderLive()}</div>
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

function renderSession({ isNew, data, createdAt, expiresAt }: Loaded): Html {
  const { user, count = 0, note } = data
  const rows: [term: string, name: string, text: string | number | Html | undefined][] = [
    ['User', 'user', user ?? 'not logged in'],
    ['Count', 'count', count],
    ['Note', 'note', note],
    ['Id', 'id', isNew ? 'none' : 'in the browser’s cookie, and nowhere on this page'],
    ['Created', 'created', createdAt && timeOf(createdAt)],
    ['Ends', 'ends', expiresAt && timeOf(expiresAt)],
  ]
  return html`<section aria-labelledby="session">
    <h2 id="session">The session, as the app sees it</h2>
    <p class="hint">${isNew ? 'None. One is created when there is something to keep.' : 'Read from the table for this page.'}</p>
    <dl>
      ${rows
        .filter(([, , text]) => text !== undefined)
        .map(
          ([term, name, text]) =>
            html`<dt>${term}</dt>
              <dd data-show="${name}">${text}</dd>`,
        )}
    </dl>
    <pre data-show="data">${JSON.stringify(data, undefined, 2)}</pre>
  </section>`
}

function renderRequests({ noted, before, key }: View): Html {
  const { length } = noted.operations
  return html`<section aria-labelledby="requests">
    <h2 id="requests">Requests to DynamoDB</h2>
    <p class="big" data-show="cost">
      This page view, #${noted.number}: ${length}
      ${length === 1 ? 'request' : 'requests'}${length > 0 && html` (<code data-show="operations">${counted(noted.operations)}</code>)`}
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
            ({ label, operations, milliseconds, cookies }) =>
              html`<tr data-visit="${label}">
                  <td>${label}</td>
                  <td data-operations>${counted(operations)}</td>
                  <td class="number">${milliseconds.toFixed(0)} ms</td>
                </tr>
                ${cookies.map(
                  (cookie) =>
                    html`<tr>
                      <td colspan="3" class="more" data-cookie>Set-Cookie: ${cookie}</td>
                    </tr>`,
                )}`,
          )}
        </tbody>
      </table>`
    }
  </section>`
}

function counted(operations: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const operation of operations) counts.set(operation, (counts.get(operation) ?? 0) + 1)
  return [...counts].map(([operation, count]) => (count === 1 ? operation : `${count} ${operation}`)).join(', ') || 'none'
}

function renderLive(): Html {
  return html`<section aria-labelledby="live">
    <h2 id="live">Live</h2>
    <p class="hint">
      What the tracing channels publish of every browser’s visits, the last one first. They cost nothing while nobody looks.
    </p>
    <p role="status" data-live="status">Needs JavaScript, as nothing else here does.</p>
    <ol data-live="visits" class="visits" tabindex="0" aria-labelledby="live"></ol>
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
