import { SCRIPT, STYLE } from '../client/assets.ts'
import type { PlaygroundPage } from '../page.ts'
import { html, trusted } from './html.ts'
import type { Html } from './html.ts'
import { renderInstruments } from './instruments.ts'
import type { InstrumentsView } from './instruments.ts'
import { renderPanel } from './panel.ts'
import type { PanelView } from './panel.ts'
import { renderScenes } from './scenes.ts'

export interface View extends PanelView, InstrumentsView {
  readonly path: string
  readonly engine: string
  readonly tableName: string
  readonly pages: readonly PlaygroundPage[]
  /** The same page for the other browser. */
  readonly other: PlaygroundPage
}

export function renderPage(view: View): Html {
  const { engine, tableName, pages, page, other } = view
  return renderDocument(
    'Playground',
    html`
      <header class="top">
        <h1>dynamodb-sessions <span>playground</span></h1>
        <p>Table ${tableName} on ${engine}</p>
        <nav aria-label="Frameworks">
          ${pages
            .filter(({ browser }) => browser === page.browser)
            .map((each) => html`<a href="${each.path}" ${each === page && trusted('aria-current="page"')}>${each.title}</a>`)}
        </nav>
      </header>
      <main>
        ${renderScenes()}
        <div class="stage" data-stage>
          ${renderPanel(view)}
          <p class="other" data-other="${other.path}">
            <a href="${other.path}">Browser ${other.browser.toUpperCase()}</a> has cookies of its own.
          </p>
          ${renderInstruments(view)}
        </div>
      </main>
    `,
  )
}

/** What the table says, without a page view: the parts that the page's script puts in place. */
export function renderParts(view: View): Html {
  return renderDocument('Parts', html`<main>${renderPanel(view)} ${renderInstruments(view)}</main>`)
}

export interface Notice {
  readonly status: number
  readonly title: string
  readonly message: string
  readonly back: string
  /** The engine may be dead by our own switch. */
  readonly hasFault?: boolean
}

export function renderNotice({ status, title, message, back, hasFault }: Notice): Html {
  return renderDocument(
    title,
    html`<main class="notice" data-notice>
      <section>
        <p class="status">Status ${status}</p>
        <h1>${title}</h1>
        <p data-show="notice">${message}</p>
        ${
          hasFault === true &&
          html`<form method="post" action="/faults">
            <input type="hidden" name="back" value="${back}" />
            <input type="hidden" name="fault" value="none" />
            <button>Switch the fault off</button>
          </form>`
        }
        <p><a href="${back}">Back to the playground</a></p>
      </section>
    </main>`,
  )
}

/** Whose form is sent to one of this server's pages. */
export function renderAnotherSite({ action }: { readonly action: string }): Html {
  return renderDocument(
    'Another site',
    html`<main class="notice" data-notice>
      <section>
        <h1>Another site</h1>
        <p>
          To the browser this is a site that has nothing to do with the playground. Its form orders there, in the name of whoever presses.
        </p>
        <form method="post" action="${action}">
          <button class="main" name="intent" value="order">Win a prize</button>
        </form>
      </section>
    </main>`,
  )
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
