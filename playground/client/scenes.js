// Plays a step of a scene: what its text says, pressed as a hand would press it.
import { send, start, view } from './browsers.js'
import { showTab } from './tabs.js'

for (const button of document.querySelectorAll('[data-play]')) {
  button.hidden = false
  button.addEventListener('click', () => play(button))
}

/** `browser intent [slow] [name=value] [wait=ms] [loaders=n]`, several at once separated by `;`. */
async function play(button) {
  if (button.getAttribute('aria-disabled') === 'true') return
  button.setAttribute('aria-disabled', 'true')
  await Promise.all(button.dataset.play.split(';').map((each) => press(each.trim().split(' '))))
  button.removeAttribute('aria-disabled')
  button.closest('li').classList.add('played')
}

async function press([browser, intent, ...rest]) {
  if (browser === 'tab') return showTab(intent)
  showTab(browser)
  const { wait = 0, loaders, ...fields } = Object.fromEntries(rest.map((each) => (each === 'slow' ? ['slow', 'on'] : each.split('='))))
  await new Promise((resolve) => setTimeout(resolve, Number(wait)))
  if (intent === 'other-site') return document.querySelector(`[data-browser="${browser}"] [data-other-site]`)?.click()
  if (intent === 'view') return view(browser, `?loaders=${loaders}`)
  if (fields.note) fields.note = fields.note.replaceAll('_', ' ')
  return send(browser, { intent, ...fields })
}

void start()
