// What is looked at beside the browsers: the timeline, the table, what pages cost, and faults.
import { STEPS } from '../comparison.ts'
import type { Comparison } from '../comparison.ts'
import { FAULTS } from '../faults.ts'
import type { Fault, Faults } from '../faults.ts'
import { html, timeOf, trusted } from './html.ts'
import type { Html } from './html.ts'
import { isLive, isOver } from './item.ts'
import type { Item } from './item.ts'

export interface InstrumentsView {
  /** The page that their forms lead back to. */
  readonly path: string
  readonly tableKey: string
  readonly items: readonly Item[]
  /** The key of each browser's session, as its cookie names it. */
  readonly holders: ReadonlyMap<string, string>
  readonly comparison: Comparison
  /** Whether it can be measured here: not on AWS, where it would make a table. */
  readonly canMeasure: boolean
  readonly faults: Faults
}

export function renderInstruments(view: InstrumentsView): Html {
  return html`<div class="instruments">
    <section id="timeline" data-tab="Timeline" aria-labelledby="heading-timeline">${renderTimeline()}</section>
    <section id="table" data-tab="Table" aria-labelledby="heading-table">${renderTable(view)}</section>
    <section id="costs" data-tab="Costs" aria-labelledby="heading-costs">${renderCosts(view)}</section>
    <section id="faults" data-tab="Faults" aria-labelledby="heading-faults">${renderFaults(view)}</section>
  </div>`
}

function renderTimeline(): Html {
  return html`<h2 id="heading-timeline">Timeline</h2>
    <p role="status" data-live="status">Needs JavaScript, as nothing else here does.</p>
    <div class="lanes" data-live="lanes" aria-hidden="true"></div>
    <p class="legend" aria-hidden="true">
      <span><i class="bar-read"></i> read</span> <span><i class="bar-write"></i> write</span>
      <span><i class="bar-lock"></i> waits for the lock</span> <span><i class="bar-failed"></i> tried again or failed</span>
    </p>
    <h3 id="live">The same in words</h3>
    <p class="hint">
      What the tracing channels publish of every browser’s visits, the last one first. They cost nothing while nobody looks.
    </p>
    <ol data-live="visits" class="visits" tabindex="0" aria-labelledby="live"></ol>`
}

function renderTable({ tableKey, items, holders }: InstrumentsView): Html {
  return html`<h2 id="heading-table">Items of the table</h2>
    <p class="hint">
      The last written first. No reader sees the grey ones; DynamoDB deletes them after <code>expire_at</code>. What this page reads to show
      them is not counted.
    </p>
    <div data-part="items">
      <table class="items">
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col">State</th>
            <th scope="col">User</th>
            <th scope="col">Written</th>
          </tr>
        </thead>
        <tbody>
          ${items.map((item) => {
            const key = item[tableKey]?.S ?? ''
            const holder = holders.get(key)
            return html`<tr data-item="${key}" data-state="${nameOf(item)}" class="${isLive(item) ? '' : 'dead'}">
              <th scope="row">
                <code>${key.slice(0, 8)}…</code>
                ${holder !== undefined && html`<span class="mark ${holder}">${holder.toUpperCase()}</span>`}
              </th>
              <td>${nameOf(item)}${item.moved_to?.S !== undefined && html` to <code>${item.moved_to.S.slice(0, 8)}…</code>`}</td>
              <td>${item.user_id?.S ?? '–'}</td>
              <td>${writtenAt(item)}</td>
            </tr>`
          })}
        </tbody>
      </table>
      ${items.length === 0 && html`<p class="hint">None yet. Press a button of a browser.</p>`}
    </div>`
}

function nameOf(item: Item): string {
  if (item.moved) return 'moved'
  if (!item.data) return 'no session'
  return isOver(item) ? 'expired' : item.lock_token ? 'locked' : 'live'
}

function writtenAt({ updated_at: at }: Item): Html | string {
  const seconds = Number(at?.N ?? at?.S)
  return Number.isNaN(seconds) ? '–' : timeOf(new Date(seconds * 1000), 'time')
}

function renderCosts({ path, comparison: { source, rows }, canMeasure }: InstrumentsView): Html {
  return html`<h2 id="heading-costs">Requests a page</h2>
    <div data-part="comparison">
      <p class="hint">Each square is a request to DynamoDB. ${source}</p>
      ${STEPS.map(
        (step, index) =>
          html`<table class="bars">
            <caption>
              ${step}
            </caption>
            <tbody>
              ${rows.map(({ name, requests }, row) => {
                const count = requests[index] ?? 0
                return html`<tr>
                  <th scope="row">${name}</th>
                  <td>
                    <span class="${row === 0 ? 'squares ours' : 'squares'}" aria-hidden="true"
                      >${Array.from({ length: count }, () => html`<i></i>`)}</span
                    ><b>${count}</b>
                  </td>
                </tr>`
              })}
            </tbody>
          </table>`,
      )}
    </div>
    ${
      canMeasure &&
      html`<form method="post" action="/compare">
        <input type="hidden" name="back" value="${path}" />
        <button data-busy="Measuring…">Measure it here, now</button>
      </form>`
    }`
}

const SAID: Record<Fault, readonly [label: string, hint: string]> = {
  none: ['None', 'DynamoDB as it is on most days.'],
  throttled: ['Throttling', 'Every second request is refused. It is sent again after a short wait; pages only take longer.'],
  lost: [
    'Lost answers',
    'Every second answer is lost after the work was done. The write is sent again under the same token, and is done once.',
  ],
  slow: ['Slow engine', 'Each request takes 1.5 s more. A page view is one request, and so pays that once.'],
  dead: [
    'Dead engine',
    'Nothing answers. Pages fail with a typed error within a bounded time, nothing is lost, and all goes on when it is back.',
  ],
}

function renderFaults({ path, faults: { fault, counts } }: InstrumentsView): Html {
  return html`<h2 id="heading-faults">Faults</h2>
    <p class="hint">Between this server and DynamoDB, for both browsers. Switch one on, press a button, and look at the timeline.</p>
    <form method="post" action="/faults" data-part="faults">
      <input type="hidden" name="back" value="${path}" />
      <fieldset>
        <legend>What goes wrong</legend>
        ${FAULTS.map((each) => {
          const [label, hint] = SAID[each]
          return html`<label class="choice">
            <input type="radio" name="fault" value="${each}" ${each === fault && trusted('checked')} aria-describedby="about-${each}" />
            <span><b>${label}</b> <small id="about-${each}">${hint}</small></span>
          </label>`
        })}
      </fieldset>
      <p data-show="faults" class="${fault === 'none' ? 'hint' : 'on'}">
        ${fault === 'none' ? 'Nothing is switched on.' : `${SAID[fault][0]}: met by ${counts.met} of ${counts.requests} requests since.`}
      </p>
      <button>Switch</button>
    </form>`
}
