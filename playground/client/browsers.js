// Two browsers without reloads: forms go by fetch, and what comes back is put in place. Each keeps cookies of its own names.
import { element, morph, tick } from './dom.js'
import { followers } from './live.js'

const panelOf = (browser) => document.querySelector(`[data-browser="${browser}"]`)
const underWay = new Map()
/** Counts what was put into each browser, so that a look at the table that came late is not shown. */
const applied = new Map()

async function ask(path, init) {
  const response = await fetch(path, init)
  return new DOMParser().parseFromString(await response.text(), 'text/html')
}

/** One request of a browser; other tabs of it may have some under way. */
async function visitAs(browser, path, init) {
  busy(browser, 1)
  try {
    const answer = await ask(path, init)
    if (answer.querySelector('[data-notice]')) return failed(browser, answer)
    put(answer, browser)
  } catch {
    failed(browser)
  } finally {
    busy(browser, -1)
  }
}

export const view = (browser, query = '') => visitAs(browser, panelOf(browser).dataset.path + query)

export function send(browser, fields) {
  return visitAs(browser, panelOf(browser).dataset.path, { method: 'POST', body: new URLSearchParams(fields) })
}

function busy(browser, change) {
  const count = (underWay.get(browser) ?? 0) + change
  underWay.set(browser, count)
  const panel = panelOf(browser)
  panel.setAttribute('aria-busy', String(count > 0))
  const note = panel.querySelector('.under-way') ?? panel.querySelector('.bar h2').appendChild(element('small', 'under-way'))
  note.textContent = count === 0 ? '' : count === 1 ? 'on its way …' : `${count} on their way …`
}

/** Puts the parts of an answer in place; those of a page view that began before the one that is shown are not. */
function put(answer, browser) {
  const name = `session-${browser}`
  const [shown, next] = [document, answer].map((where) => Number(where.querySelector(`[data-part="${name}"]`)?.dataset.visitNumber))
  if (next < shown) return
  applied.set(browser, (applied.get(browser) ?? 0) + 1)
  const focused = document.activeElement
  for (const part of answer.querySelectorAll('[data-part]')) {
    const here = document.querySelector(`[data-part="${part.dataset.part}"]`)
    if (here) morph(here, part)
  }
  tick()
  // A button that has become useless cannot keep the focus; what stands beside it can.
  if (focused?.disabled) focused.parentElement.querySelector('button:not(:disabled)')?.focus()
}

function failed(browser, answer) {
  const said = panelOf(browser).querySelector('[data-part^="said"]')
  const title = answer?.querySelector('h1')?.textContent ?? 'No answer'
  const text = answer?.querySelector('[data-show="notice"]')?.textContent ?? 'The server does not answer. Is it running?'
  const note = element('p', 'failed')
  note.append(element('strong', '', `${title}. `), text)
  said.replaceChildren(note)
}

/** Looks at the table without a page view. A session that has ended meanwhile is one to view, which says so. */
async function look(browser) {
  if (underWay.get(browser) > 0 || !panelOf(browser)) return
  const before = applied.get(browser)
  const answer = await ask(`${panelOf(browser).dataset.path}?peek`).catch(() => undefined)
  if (!answer || answer.querySelector('[data-notice]') || applied.get(browser) !== before || underWay.get(browser) > 0) return
  const name = `[data-part="said-${browser}"]`
  const [shown, next] = [document.querySelector(name), answer.querySelector(name)]
  const hasEnded = shown.dataset.lives === 'yes' && next?.dataset.lives === 'no'
  // What it said of the page view stays.
  next?.remove()
  put(answer, browser)
  if (hasEnded) await view(browser)
}

let looking
followers.push((message) => {
  if (message && !(message.channel === 'visit' && String(message.label).startsWith('POST'))) return
  clearTimeout(looking)
  looking = setTimeout(() => ['a', 'b'].forEach(look), 120)
})

document.addEventListener('submit', (event) => {
  const { target: form, submitter } = event
  const browser = form.closest('[data-browser]')?.dataset.browser
  if (!browser && !form.closest('.instruments')) return
  event.preventDefault()
  const fields = new FormData(form, submitter)
  if (browser) {
    if (panelOf(browser).querySelector('[name=slow]').checked) fields.set('slow', 'on')
    else fields.delete('slow')
    void send(browser, fields)
  } else void settle(form, submitter ?? form.querySelector('button'), fields)
})

/** A setting of the whole playground, which is no visit. */
async function settle(form, button, fields) {
  const text = button.textContent
  if (button.dataset.busy) button.textContent = button.dataset.busy
  const init = { method: 'POST', body: new URLSearchParams(fields), headers: { Accept: 'application/x-parts' } }
  const answer = await ask(form.action, init).catch(() => undefined)
  button.textContent = text
  if (!answer) return
  for (const name of ['comparison', 'faults']) {
    const [here, next] = [document, answer].map((where) => where.querySelector(`[data-part="${name}"]`))
    if (here && next) morph(here, next)
  }
}

document.addEventListener('change', ({ target }) => {
  if (target.matches('[name=fault]')) target.form.requestSubmit()
})

document.addEventListener('click', (event) => {
  if (!event.target.closest('[data-view]')) return
  event.preventDefault()
  void view(event.target.closest('[data-browser]').dataset.browser)
})

/** The hint and the code that are shown are those of the button that was pointed at last. */
for (const type of ['focusin', 'pointerover']) {
  document.addEventListener(type, ({ target }) => {
    const button = target.closest('button')
    const intent = button?.name === 'intent' ? button.value : button?.name === 'key' ? 'revoke' : undefined
    if (intent) showCode(button.closest('[data-browser]'), intent)
  })
}

function showCode(panel, intent) {
  for (const each of panel?.querySelectorAll('[data-code]') ?? []) each.classList.toggle('current', each.dataset.code === intent)
}

function equip(panel) {
  panel.querySelector('.code').classList.add('one')
  showCode(panel, 'log-in')
  for (const code of panel.querySelectorAll('.code pre')) {
    const button = element('button', 'small', 'Copy')
    button.type = 'button'
    button.setAttribute('aria-label', `Copy the code of ${code.closest('li').querySelector('h4').textContent}`)
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(code.textContent)
      button.textContent = 'Copied'
      setTimeout(() => (button.textContent = 'Copy'), 1500)
    })
    code.before(button)
  }
}

export async function start() {
  const place = document.querySelector('[data-other]')
  const own = document.querySelector('[data-browser]')
  if (!place || !own) return
  equip(own)
  const answer = await ask(place.dataset.other).catch(() => undefined)
  const other = answer?.querySelector('[data-browser]')
  if (!other) return
  place.remove()
  if (other.dataset.browser === 'a') own.before(other)
  else own.after(other)
  equip(other)
  tick()
  document.dispatchEvent(new Event('browsers'))
}
