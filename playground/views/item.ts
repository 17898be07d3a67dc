import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { html, timeOf } from './html.ts'
import type { Html } from './html.ts'

export type Item = Record<string, AttributeValue>

export function renderItem(key: string | undefined, item: Item | undefined, browser: string): Html {
  return html`<h3 id="item-of-${browser}">The item, as the table holds it</h3>
    <p class="hint" data-show="state">${key === undefined ? 'None: the browser sent no cookie that this server signed.' : stateOf(item)}</p>
    ${item !== undefined && renderAttributes(item, browser)}
    ${key !== undefined && !item && html`<code class="key" data-show="key">${key}</code>`}`
}

/** Whether readers see it. */
export function isLive(item: Item | undefined): boolean {
  return item?.data !== undefined && item.moved === undefined && !isOver(item)
}

export function isOver(item: Item): boolean {
  const expireAt = item.expire_at?.N
  return expireAt !== undefined && Number(expireAt) <= Date.now() / 1000
}

function stateOf(item: Item | undefined): string {
  if (!item) return 'None under the key that the browser’s cookie stands for: it was destroyed, or DynamoDB has deleted it.'
  if (!item.data) return 'A tombstone: the session has moved to another id, and this one is dead.'
  return isOver(item)
    ? 'Expired: it is still there, and no reader sees it.'
    : 'Live. The key is a hash of the id in the cookie: safe to show, useless as a cookie.'
}

const ORDER = ['session_id', 'data', 'user_id', 'created_at', 'updated_at', 'expire_at', 'max_expire_at', 'version']
const rank = (name: string): number => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length)
/** Random texts that say no more than that they changed. */
const CUT = new Set(['session_id', 'version', 'moved', 'moved_to', 'lock_token', 'kin'])

function renderAttributes(item: Item, browser: string): Html {
  const attributes = Object.entries(item).toSorted(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b))
  return html`<table class="item" aria-labelledby="item-of-${browser}">
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
        return html`<tr data-row="${name}">
          <th scope="row"><code>${name}</code></th>
          <td><code>${type}</code></td>
          <td class="${CUT.has(name) ? 'cut' : ''}"><code data-attribute="${name}">${text}</code>${renderTime(name, value.N)}</td>
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
  return html` <small>${timeOf(date)}${name === 'expire_at' && html` · <span class="left" data-until="${seconds}"></span>`}</small>`
}
