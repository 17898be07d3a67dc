const SAFE: unique symbol = Symbol('html')

/** Markup that needs no escaping; only `html` makes it, so that no stored value can pass for it. */
export interface Html {
  readonly [SAFE]: string
}

type Value = Html | string | number | false | undefined | readonly Html[]

/** Markup from a template; every text in it is escaped. `false` and `undefined` leave nothing. */
export function html(strings: TemplateStringsArray, ...values: Value[]): Html {
  return { [SAFE]: strings.map((text, index) => text + toMarkup(values[index])).join('') }
}

/** Our own markup, style or script, as it is. */
export function trusted(markup: string): Html {
  return { [SAFE]: markup }
}

/** In UTC, with the day or without. */
export function timeOf(date: Date, show: 'day' | 'time' = 'day'): Html {
  const [day = '', time = ''] = date.toISOString().split('T')
  const seconds = time.slice(0, 8)
  const text = show === 'day' ? `${day} ${seconds} UTC` : `${seconds} UTC`
  return html`<time datetime="${date.toISOString()}">${text}</time>`
}

export function markupOf(value: Html): string {
  return value[SAFE]
}

function toMarkup(value: Value): string {
  if (value === undefined || value === false) return ''
  if (typeof value === 'string' || typeof value === 'number') return escape(String(value))
  return 'map' in value ? value.map(markupOf).join('') : markupOf(value)
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}
