// Elements, times that run, and new markup put into a page that somebody is using: focus, scroll and what was typed stay.

export function element(name, className = '', text = '') {
  const made = document.createElement(name)
  made.className = className
  made.textContent = text
  return made
}

const UNITS = [
  [86400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
]
function left(seconds) {
  if (seconds <= 0) return 'expired'
  const first = UNITS.findIndex(([size]) => seconds >= size)
  const parts = UNITS.slice(first, first + 2).map(([size, name]) => {
    const count = Math.floor(seconds / size)
    seconds -= count * size
    return count + ' ' + name
  })
  return 'in ' + parts.join(' ')
}
export function tick() {
  for (const each of document.querySelectorAll('[data-until]')) {
    each.textContent = left(Number(each.dataset.until) - Math.floor(Date.now() / 1000))
  }
}
tick()
setInterval(tick, 1000)

/** Attributes that are the user's, or this script's. */
const KEPT_ATTRIBUTES = new Set(['open', 'class'])
const KEYS = ['data-row', 'data-item', 'data-session', 'data-visit', 'data-show', 'id', 'value']

function keyOf(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return undefined
  const name = KEYS.find((each) => node.hasAttribute(each))
  return name && `${node.nodeName} ${name} ${node.getAttribute(name)}`
}

/** Makes `from` what `to` is, and marks what changed. */
export function morph(from, to) {
  if (from.nodeType === Node.TEXT_NODE) {
    if (from.data.trim() !== to.data.trim()) {
      from.data = to.data
      mark(from.parentElement)
    }
    return
  }
  if (from.nodeType !== Node.ELEMENT_NODE) return
  for (const { name } of Array.from(from.attributes)) {
    if (!KEPT_ATTRIBUTES.has(name) && !to.hasAttribute(name)) from.removeAttribute(name)
  }
  const isTyping = from === document.activeElement && from.matches('input[name=note], input[name=name]')
  for (const { name, value } of to.attributes) {
    if (name === 'open' || from.getAttribute(name) === value) continue
    if (name === 'value' && from.matches('input') && !isTyping) from.value = value
    const isMarked = name === 'class' && from.classList.contains('changed')
    from.setAttribute(name, isMarked ? `${value} changed` : value)
  }
  if (from.type === 'radio') from.checked = to.hasAttribute('checked')
  if (!from.dataset.until) morphChildren(from, to)
}

function morphChildren(from, to) {
  const keyed = new Map([...from.children].map((child) => [keyOf(child), child]))
  let at = from.firstChild
  for (const wanted of Array.from(to.childNodes)) {
    const key = keyOf(wanted)
    const isSame = at && !keyOf(at) && !key && at.nodeName === wanted.nodeName
    const known = key ? keyed.get(key) : isSame ? at : undefined
    if (!known) {
      from.insertBefore(wanted, at)
      if (wanted.nodeType === Node.ELEMENT_NODE) mark(wanted)
      continue
    }
    keyed.delete(key)
    if (known === at) at = at.nextSibling
    else from.insertBefore(known, at)
    morph(known, wanted)
  }
  while (at) {
    const next = at.nextSibling
    at.remove()
    at = next
  }
}

/** For as long as it takes to see it. */
function mark(changed) {
  const shown = changed?.closest('[data-row], [data-item], [data-session], dd, .message, .ended')
  if (!shown) return
  shown.classList.add('changed')
  setTimeout(() => shown.classList.remove('changed'), 2500)
}
