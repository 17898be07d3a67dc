// The page of the development server: plain HTML that follows the requests. Everything in it is here, and it may load nothing else.
import { createHash } from 'node:crypto'
import type { ItemView, TableView } from './items.ts'

/** What a browser may do with the page: https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CSP */
export function policyOf(): string {
  return `default-src 'none'; script-src '${hashOf(SCRIPT)}'; style-src '${hashOf(STYLE)}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
}

export function page(tables: readonly TableView[], endpoint: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>dynamodb-sessions dev</title>
<style>${STYLE}</style>
<h1>dynamodb-sessions dev</h1>
<p>Sessions are kept here where the application has <code>AWS_ENDPOINT_URL_DYNAMODB=${escape(endpoint)}</code>. Times are UTC.
<noscript>Reload the page to see what changed; live requests need JavaScript.</noscript></p>
<main id="tables">${tablesOf(tables)}</main>
<h2>Requests</h2>
<div class="wide"><table>
<thead><tr><th>time<th>operation<th>table<th>key<th>result<th>ms</thead>
<tbody id="requests"></tbody>
</table></div>
<script type="module">${SCRIPT}</script>
</html>
`
}

/** The tables alone, which the page asks for again after a request. */
export function tablesOf(tables: readonly TableView[]): string {
  return tables
    .map((table) => `<h2>${escape(table.name)} <small>${countOf(table)}</small></h2>${table.items ? rowsOf(table.items) : ''}`)
    .join('\n')
}

function countOf({ count, isAll }: TableView): string {
  return isAll ? `${count} ${count === 1 ? 'item' : 'items'}` : `${count} of its items`
}

function rowsOf(items: readonly ItemView[]): string {
  const rows = items.map(({ key, state, user, created, updated, expires, data }) => {
    const cells = [`<code>${escape(key)}</code>`, state, ...[user, created, updated, expires].map(escape), `<pre>${escape(data)}</pre>`]
    return `<tr${['live', 'locked'].includes(state) ? '' : ' class="over"'}>${cells.map((cell) => `<td>${cell}`).join('')}</tr>`
  })
  return `<div class="wide"><table>
<thead><tr><th>key<th>state<th>user<th>created<th>updated<th>expires<th>data, as stored</thead>
<tbody>${rows.join('\n') || '<tr><td colspan="7">There are no sessions yet.'}</tbody>
</table></div>`
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] as string)
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.4 system-ui, sans-serif; }
body { margin: 1rem auto; max-width: 90rem; padding: 0 1rem; }
small { font-weight: normal; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.875rem; width: 100%; }
th, td { border-bottom: 1px solid #8886; padding: 0.25rem 0.75rem 0.25rem 0; text-align: left; vertical-align: top; }
pre { margin: 0; max-height: 12rem; min-width: 16rem; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
code { overflow-wrap: anywhere; }
.over { color: GrayText; }
`

/** Texts go in as texts; the tables come as markup that this server has escaped. */
const SCRIPT = `
const tables = document.getElementById('tables')
const requests = document.getElementById('requests')
let timer
async function refresh() {
  timer = undefined
  const response = await fetch('/items')
  if (response.ok) tables.innerHTML = await response.text()
}
const events = new EventSource('/requests')
events.addEventListener('begin', () => {
  requests.replaceChildren()
  timer ??= setTimeout(refresh, 0)
})
events.onmessage = ({ data }) => {
  const { time, operation, table, key, result, milliseconds } = JSON.parse(data)
  const row = requests.insertRow(0)
  for (const text of [time, operation, table, key, result, milliseconds]) row.insertCell().textContent = text
  while (requests.rows.length > 100) requests.deleteRow(-1)
  timer ??= setTimeout(refresh, 200)
}
`
