// One browser: what its application sees, what it can do, and what the table holds of it.
import { membersOf } from '../page.ts'
import type { Intent, Loaded, PlaygroundPage } from '../page.ts'
import type { Visit } from '../requests.ts'
import { ACTIONS, FIELDS, REVOKE } from './buttons.ts'
import { html, timeOf, trusted } from './html.ts'
import type { Html } from './html.ts'
import { isLive, renderItem } from './item.ts'
import type { Item } from './item.ts'

export interface PanelView {
  readonly page: PlaygroundPage
  /** Absent where the table was looked at, and no page viewed. */
  readonly loaded: Loaded | undefined
  /** Of the session that the browser's cookie names. */
  readonly key: string | undefined
  /** What the table holds under `key`. */
  readonly item: Item | undefined
  /** The visit that this page is the response to. */
  readonly noted: Visit | undefined
  readonly before: readonly Visit[]
  /** Who is logged in, as the page or else the item says. */
  readonly user: string | undefined
  readonly sessions: readonly UserSession[]
  /** An origin of this server’s that is another site to the browser, if it has one. */
  readonly otherSite: string | undefined
}

export interface UserSession {
  readonly key: string
  readonly createdAt: Date
  readonly lastActiveAt: Date
  readonly device: Readonly<Record<string, unknown>> | undefined
}

export function renderPanel(view: PanelView): Html {
  const { page, loaded, key, item, noted } = view
  const { browser } = page
  return html`<section
    class="browser ${browser}"
    id="browser-${browser}"
    aria-labelledby="name-${browser}"
    data-browser="${browser}"
    data-path="${page.path}"
  >
    <header class="bar">
      <h2 id="name-${browser}"><span class="mark" aria-hidden="true">${browser.toUpperCase()}</span> Browser ${browser.toUpperCase()}</h2>
      <label class="switch">
        <input type="checkbox" name="slow" form="do-${browser}" />
        Slow request <small>3 s</small>
      </label>
    </header>
    <div role="status" data-part="said-${browser}" data-lives="${isLive(item) ? 'yes' : 'no'}">
      ${renderEnd(key, item)} ${loaded?.message !== undefined && html`<p class="message" data-show="message">${loaded.message}</p>`}
    </div>
    ${loaded && html`<div data-part="session-${browser}" data-visit-number="${noted?.number ?? 0}">${renderSession(view, loaded)}</div>`}
    ${loaded && renderActions(view, loaded)}
    <div data-part="item-${browser}">${renderItem(key, item, browser)}</div>
    <div data-part="sessions-${browser}">${renderSessions(view)}</div>
    <details class="more">
      <summary>What each button does, and its code</summary>
      ${renderCode(page)}
    </details>
  </section>`
}

/** Of a session that this browser still has the cookie of. */
function renderEnd(key: string | undefined, item: Item | undefined): Html | undefined {
  if (key === undefined || isLive(item)) return undefined
  const how = !item ? 'It was logged out.' : item.moved ? 'It has moved to a new id.' : 'Its time was up.'
  return html`<p class="ended" data-show="ended"><strong>The session has ended.</strong> ${how} The next change starts another one.</p>`
}

function renderSession(
  { page: { browser }, noted, before, key }: PanelView,
  { isNew, data, createdAt, expiresAt, authenticatedAt, token }: Loaded,
): Html {
  const { user, count = 0, note, orders } = data
  const rows: [term: string, name: string, text: string | number | Html | undefined][] = [
    ['User', 'user', user ?? 'not logged in'],
    ['Count', 'count', count],
    ['Note', 'note', note],
    ['Orders', 'orders', orders],
    ['Id', 'id', isNew ? 'none' : 'in the browser’s cookie, and nowhere on this page'],
    ['Created', 'created', createdAt && timeOf(createdAt)],
    ['Ends', 'ends', expiresAt && timeOf(expiresAt)],
    ['Authenticated', 'authenticated', authenticatedAt && timeOf(authenticatedAt)],
    ['Token of forms', 'token', token && html`<code>${token.slice(0, 12)}…</code>`],
  ]
  const operations = noted?.operations ?? []
  return html`<h3>The session, as the app sees it</h3>
    <dl>
      ${rows
        .filter(([, , text]) => text !== undefined)
        .map(
          ([term, name, text]) =>
            html`<div class="of-${name}">
              <dt>${term}</dt>
              <dd data-show="${name}">${text}</dd>
            </div>`,
        )}
    </dl>
    <p class="cost" data-show="cost">
      This page view, #${noted?.number ?? 0}: ${operations.length}
      ${operations.length === 1 ? 'request' : 'requests'}${operations.length > 0 && html` (<code data-show="operations">${counted(operations)}</code>)`}
    </p>
    ${
      key === undefined &&
      html`<p class="hint">${isNew ? 'No cookie, no request. A session is created when there is something to keep.' : ''}</p>`
    }
    ${before.length > 0 && renderBefore(before, browser)}`
}

function renderBefore(before: readonly Visit[], browser: string): Html {
  return html`<details class="before" id="before-${browser}">
    <summary>Before it</summary>
    <table>
      <thead>
        <tr>
          <th scope="col">Visit</th>
          <th scope="col">Requests</th>
          <th scope="col" class="number">Time</th>
        </tr>
      </thead>
      <tbody>
        ${before.map(
          ({ label, operations, milliseconds, cookies }) =>
            html`<tr data-visit="${label}">
                <td>${label}</td>
                <td>${counted(operations)}</td>
                <td class="number">${milliseconds.toFixed(0)} ms</td>
              </tr>
              ${cookies.map(
                (cookie) =>
                  html`<tr>
                    <td colspan="3" class="set-cookie" data-cookie>Set-Cookie: ${cookie}</td>
                  </tr>`,
              )}`,
        )}
      </tbody>
    </table>
  </details>`
}

function counted(operations: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const operation of operations) counts.set(operation, (counts.get(operation) ?? 0) + 1)
  return [...counts].map(([operation, count]) => (count === 1 ? operation : `${count} ${operation}`)).join(', ') || 'none'
}

function renderActions({ page, otherSite }: PanelView, loaded: Loaded): Html {
  const { browser, path } = page
  return html`<div class="actions" data-part="actions-${browser}">
    <h3>What to do</h3>
    <form method="post" action="${path}" class="field">
      <label for="name-of-${browser}">Name</label>
      <input id="name-of-${browser}" name="name" value="Ada" maxlength="80" required autocomplete="off" />
      <select name="remember" aria-label="Remember me">
        <option value="">no box</option>
        <option value="ticked">☑ remember</option>
        <option value="unticked">☐ remember</option>
      </select>
      <button class="main" name="intent" value="log-in" aria-describedby="about-log-in-${browser}">Log in</button>
    </form>
    <form method="post" action="${path}" class="field">
      <label for="seconds-of-${browser}">Fresh for</label>
      <input id="seconds-of-${browser}" name="seconds" type="number" value="600" min="1" max="86400" required />
      s ${renderButton('change-password', page, loaded)}
    </form>
    <form method="post" action="${path}" id="do-${browser}">
      ${loaded.token !== undefined && html`<input type="hidden" name="_csrf" id="csrf-of-${browser}" value="${loaded.token}" />`}
      <div class="field">
        <label for="note-of-${browser}">Note</label>
        <input id="note-of-${browser}" name="note" value="${loaded.data.note ?? ''}" maxlength="80" autocomplete="off" />
        <button name="intent" value="note" aria-describedby="about-note-${browser}">Save</button>
      </div>
      <div class="buttons">${page.intents.filter((intent) => !(intent in FIELDS)).map((intent) => renderButton(intent, page, loaded))}</div>
    </form>
    <p class="links">
      <a href="${membersOf(page)}">Members only</a> <a href="${path}" data-view>View again</a>
      ${
        otherSite !== undefined &&
        html`<a href="${otherSite}/another-site?form=${path}" target="another-site" data-other-site>Another site</a>`
      }
    </p>
  </div>`
}

function renderButton(intent: Intent, { browser }: PlaygroundPage, { isNew, data }: Loaded): Html {
  const button = { ...FIELDS, ...ACTIONS }[intent]
  if (!button) return html``
  const { label, needs, isDangerous } = button
  const isDisabled = (needs === 'session' && isNew) || (needs === 'user' && data.user === undefined)
  return html`<button
    name="intent"
    value="${intent}"
    ${isDangerous === true && trusted('class="danger"')}
    aria-describedby="about-${intent}-${browser}"
    ${isDisabled && trusted('disabled')}
  >
    ${label}
  </button>`
}

function renderSessions({ page: { browser, path }, user, sessions, key }: PanelView): Html | undefined {
  if (user === undefined || sessions.length === 0) return undefined
  return html`<h3>The sessions of ${user}</h3>
    <form method="post" action="${path}">
      <input type="hidden" name="intent" value="revoke" />
      <ul class="sessions">
        ${sessions.map(
          (session) =>
            html`<li data-session="${session.key}">
              <span
                >${String(session.device?.label ?? 'An unknown device')}
                <code>${session.key.slice(0, 8)}…</code> ${session.key === key && html`<strong>this one</strong>`}
                <small>since ${timeOf(session.createdAt)}, used at ${timeOf(session.lastActiveAt, 'time')}</small></span
              >
              <button
                class="danger small"
                name="key"
                value="${session.key}"
                aria-label="Revoke ${session.key.slice(0, 8)}"
                aria-describedby="about-revoke-${browser}"
              >
                Revoke
              </button>
            </li>`,
        )}
      </ul>
    </form>`
}

function renderCode({ browser, intents, code }: PlaygroundPage): Html {
  const known = { ...FIELDS, ...ACTIONS, revoke: REVOKE }
  return html`<ul class="code">
    ${intents.map((intent) => {
      const button = known[intent]
      const text = code.get(intent)
      if (!button) return html``
      return html`<li data-code="${intent}">
        <h4>${button.label}</h4>
        <p class="hint" id="about-${intent}-${browser}">${button.hint}</p>
        ${text !== undefined && html`<pre tabindex="0" role="group" aria-label="Code of ${button.label}"><code>${text}</code></pre>`}
      </li>`
    })}
  </ul>`
}
