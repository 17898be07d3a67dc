// A lane for each visit on one axis of time: its requests, its waits for the lock, what was tried again or merged.
import { element } from './dom.js'
import { counted, followers } from './live.js'

const LANES = 8
/** Milliseconds without anything, after which a new picture begins. */
const PAUSE = 2500
const lanes = document.querySelector('[data-live="lanes"]')
const runs = new Map()
let isDrawing = false

followers.push((message) => {
  if (!message) runs.clear()
  else if (Number.isFinite(message.at)) record(message)
  if (isDrawing || !lanes) return
  isDrawing = true
  requestAnimationFrame(() => {
    isDrawing = false
    draw()
  })
})

function record({ channel, visit, label, operation, at, milliseconds, outcome, units = 0, conflicts = 0, retries = 0 }) {
  const run = runs.get(visit) ?? { label, from: at, to: at, bars: [], requests: 0, units: 0, conflicts: 0, retries: 0 }
  runs.set(visit, run)
  run.from = Math.min(run.from, at)
  run.to = Math.max(run.to, at + milliseconds)
  if (channel === 'request') {
    const isRead = /^(?:Get|BatchGet|Query)/.test(operation)
    run.bars.push({ at, milliseconds, kind: outcome || retries > 0 ? 'failed' : isRead ? 'read' : 'write' })
    run.requests += 1 + retries
    run.units += units
    run.retries += retries
  } else if (channel === 'lock') {
    run.bars.unshift({ at, milliseconds, kind: 'lock' })
  } else if (channel === 'visit') {
    run.isOver = true
  } else {
    run.conflicts += conflicts
  }
  if (runs.size > 40) runs.delete(runs.keys().next().value)
}

/** The visits that belong together, the first one on top. */
function together() {
  const sorted = [...runs.values()].toSorted((a, b) => b.to - a.to)
  const shown = []
  let from = sorted[0]?.to
  for (const run of sorted) {
    if (shown.length === LANES || run.to < from - PAUSE) break
    shown.push(run)
    from = Math.min(from, run.from)
  }
  return shown.toSorted((a, b) => a.from - b.from)
}

function draw() {
  const shown = together()
  const from = Math.min(...shown.map((run) => run.from))
  const span = Math.max(20, ...shown.map((run) => run.to - from))
  const percent = (milliseconds) => `${(100 * milliseconds) / span}%`
  lanes.replaceChildren(
    ...shown.map((run) => {
      const lane = element('div', 'lane')
      const isB = / \/b(?:\/|\s|$)/.test(run.label)
      const name = element('span', 'lane-name', run.label.replace(/ \/(?:b\/?)?(?=\S*)/, ' /'))
      const track = element('span', 'track')
      const whole = bar('whole', run.from - from, run.to - run.from)
      track.append(whole, ...run.bars.map(({ kind, at, milliseconds }) => bar(kind, at - from, milliseconds)))
      const facts = [
        counted(run.requests, 'request'),
        run.units > 0 && counted(run.units, 'unit'),
        run.retries > 0 && counted(run.retries, 'retry', 'retries'),
        run.conflicts > 0 && `${counted(run.conflicts, 'conflict')}, merged`,
      ]
      const said = element('span', run.conflicts + run.retries > 0 ? 'lane-facts hot' : 'lane-facts', facts.filter(Boolean).join(' · '))
      lane.append(element('span', isB ? 'mark b' : 'mark a', isB ? 'B' : 'A'), name, said, track)
      return lane
    }),
  )
  if (shown.length > 0) {
    const axis = element('div', 'axis')
    axis.append(element('span', '', '0'), element('span', '', span < 1000 ? `${Math.round(span)} ms` : `${(span / 1000).toFixed(1)} s`))
    lanes.append(axis)
  }

  function bar(kind, at, milliseconds) {
    const made = element('i', `bar-${kind}`)
    made.style.left = percent(at)
    made.style.width = percent(milliseconds)
    return made
  }
}
