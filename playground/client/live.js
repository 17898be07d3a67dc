// The live view in words. What comes is shown as text, never as markup.
import { element } from './dom.js'

const SHOWN = 20
const list = document.querySelector('[data-live="visits"]')
const status = document.querySelector('[data-live="status"]')
const visits = new Map()
/** Called with each message; and without one when the stream starts over. */
export const followers = []
let source

function listen() {
  source = new EventSource('/events')
  source.addEventListener('open', () => {
    // What was shown comes again, together with what was missed.
    visits.clear()
    list.replaceChildren()
    for (const follow of followers) follow()
    status.textContent = 'Listening. Press a button, here or in another tab.'
  })
  source.addEventListener('message', ({ data }) => {
    const message = JSON.parse(data)
    show(message)
    for (const follow of followers) follow(message)
  })
  source.addEventListener('error', () => (status.textContent = 'The server does not answer. Trying again.'))
}

function show(message) {
  const visit = visits.get(message.visit) ?? begin(message)
  if (message.channel === 'visit') {
    Object.assign(visit, { requests: message.requests, milliseconds: message.milliseconds })
  } else {
    visit.operations.append(lineOf(message))
    if (message.channel === 'request') {
      visit.requests += 1 + message.retries
      visit.units += message.units
    }
  }
  const { label, requests, units, milliseconds } = visit
  visit.cost.textContent = factsOf({ requests, units, milliseconds })
  if (message.channel === 'visit') status.textContent = `${label} cost ${counted(requests, 'request')}.`
}

function begin({ visit: number, label: name }) {
  const label = `#${number} ${name}`
  const [cost, operations] = [element('span', 'facts'), element('ul')]
  const item = element('li')
  item.append(element('strong', '', label), ' ', cost, operations)
  list.prepend(item)
  const visit = { label, cost, operations, requests: 0, units: 0 }
  visits.set(number, visit)
  const [oldest] = visits.keys()
  if (visits.size > SHOWN) {
    visits.delete(oldest)
    list.lastElementChild.remove()
  }
  return visit
}

function lineOf({ channel, operation, key, outcome, ...facts }) {
  const line = element('li')
  line.append(element('span', 'channel', channel), ' ', element('span', '', operation))
  if (key) {
    const code = element('code', '', `${key.slice(0, 8)}…`)
    code.title = key
    line.append(' ', code)
  }
  if (outcome) line.append(' ', element('em', '', outcome))
  line.append(' ', element('span', 'facts', factsOf(facts)))
  return line
}

function factsOf({ requests, units, conflicts, retries, milliseconds }) {
  return [
    requests !== undefined && counted(requests, 'request'),
    units > 0 && counted(units, 'unit'),
    conflicts > 0 && counted(conflicts, 'conflict'),
    retries > 0 && counted(retries, 'retry', 'retries'),
    milliseconds !== undefined && `${milliseconds.toFixed(1)} ms`,
  ]
    .filter(Boolean)
    .join(', ')
}

export function counted(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`
}

// Browsers open six connections to a host, so that tabs nobody sees must not keep one.
function listenWhileVisible() {
  source?.close()
  if (!document.hidden) listen()
}
if (list) {
  document.addEventListener('visibilitychange', listenWhileVisible)
  // After the other files of this script have said that they follow.
  queueMicrotask(listenWhileVisible)
}
