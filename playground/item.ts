import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { html, timeOf } from './html.ts'
import type { Html } from './html.ts'

export type Item = Record<string, AttributeValue>

export function renderItem(key: string | undefined, item: Item | undefined): Html {
  return html`<section aria-labelledby="item">
    <h2 id="item">The item, as the table holds it</h2>
    <p class="hint" data-show="state">${key === undefined ? 'None: the browser sent no cookie that this server signed.' : stateOf(item)}</p>
    ${item !== undefined && renderAttributes(item)} ${key !== undefined && !item && html`<code data-show="key">${key}</code>`}
  </section>`
}

function stateOf(item: Item | undefined): string {
  if (!item) return 'None under the key that the browser’s cookie stands for: it was destroyed, or DynamoDB has deleted it.'
  if (!item.data) return 'A tombstone: the session has moved to another id, and this one is dead.'
  const expireAt = item.expire_at?.N
  return expireAt !== undefined && Number(expireAt) <= Date.now() / 1000
    ? 'Expired: it is still there, and no reader sees it.'
    : 'Live. The key is a hash of the id in the cookie: safe to show, useless as a cookie.'
}

const ORDER = ['session_id', 'data', 'user_id', 'created_at', 'updated_at', 'expire_at', 'max_expire_at', 'version']
const rank = (name: string): number => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length)

function renderAttributes(item: Item): Html {
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
  return html`<small>${timeOf(date)}${name === 'expire_at' && html` · <span class="left" data-until="${seconds}"></span>`}</small>`
}
