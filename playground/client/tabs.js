// One instrument at a time; and where there is little room, one browser or instrument.
import { element } from './dom.js'

const stage = document.querySelector('[data-stage]')
const hasRoom = matchMedia('(min-width: 56rem)')
let instrument = 'timeline'
let screen = document.querySelector('[data-browser]')?.dataset.browser

const panels = () =>
  [...stage.querySelectorAll('[data-browser], [data-tab]')].map((panel) => ({
    panel,
    name: panel.dataset.browser ?? panel.id,
    label: panel.dataset.browser?.toUpperCase() ?? panel.dataset.tab,
    isBrowser: panel.dataset.browser !== undefined,
  }))

function makeTabs() {
  const tabs = stage.querySelector('[role=tablist]') ?? newTabs()
  tabs.replaceChildren(
    ...panels().map(({ panel, name, label, isBrowser }) => {
      const tab = element('button', '', label)
      if (isBrowser) tab.setAttribute('aria-label', `Browser ${label}`)
      Object.assign(tab, { type: 'button', id: `tab-${name}` })
      tab.setAttribute('role', 'tab')
      tab.setAttribute('aria-controls', panel.id)
      tab.addEventListener('click', () => showTab(name))
      return tab
    }),
  )
  arrange(tabs)
}

function newTabs() {
  const tabs = element('div', 'tabs')
  tabs.setAttribute('role', 'tablist')
  tabs.setAttribute('aria-label', 'What to look at')
  tabs.addEventListener('keydown', ({ key }) => {
    const shown = [...tabs.children].filter((tab) => !tab.hidden)
    const at = shown.indexOf(document.activeElement)
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[key]
    if (at < 0 || to === undefined) return
    const tab = shown.at(to % shown.length)
    tab.focus()
    tab.click()
  })
  return tabs
}

/** Above the instruments, or above all. */
function arrange(tabs) {
  const place = hasRoom.matches ? stage.querySelector('.instruments') : stage
  if (tabs.parentElement !== place) place.prepend(tabs)
  for (const { panel, name, isBrowser } of panels()) {
    const tab = tabs.querySelector(`#tab-${name}`)
    if (!tab) continue
    tab.hidden = isBrowser && hasRoom.matches
    const isShown = tab.hidden || name === (hasRoom.matches ? instrument : screen)
    panel.hidden = !isShown
    // A tab that nobody sees names nothing.
    if (tab.hidden) panel.removeAttribute('role')
    else panel.setAttribute('role', 'tabpanel')
    tab.setAttribute('aria-selected', String(isShown && !tab.hidden))
    tab.tabIndex = isShown ? 0 : -1
  }
}

export function showTab(name) {
  if (!panels().some((each) => each.name === name)) return
  screen = name
  if (!['a', 'b'].includes(name)) instrument = name
  const tabs = stage.querySelector('[role=tablist]')
  if (tabs) arrange(tabs)
}

if (stage) {
  document.documentElement.classList.add('js')
  makeTabs()
  hasRoom.addEventListener('change', () => arrange(stage.querySelector('[role=tablist]')))
  document.addEventListener('browsers', makeTabs)
}
