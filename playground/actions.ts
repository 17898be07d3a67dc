import { html, trusted } from './html.ts'
import type { Html } from './html.ts'
import type { Intent, Loaded, PlaygroundPage } from './page.ts'

type Buttons = Partial<Record<Intent, Button>>

interface Button {
  readonly label: string
  readonly hint: string
  readonly needs?: 'session' | 'user'
  readonly isDangerous?: true
}

const ACTIONS: Buttons = {
  count: { label: 'Count', hint: 'Adds one. The first change of a new visitor creates the session, with ten minutes to live.' },
  'count-locked': {
    label: 'Count, locked',
    hint: 'Adds one a second later, and holds the lock until then. Press it in two tabs: both count.',
    needs: 'session',
  },
  flash: { label: 'Flash', hint: 'Leaves a message that the next page shows, once.' },
  members: { label: 'Members only', hint: 'Is answered with 401 unless somebody is logged in.' },
  regenerate: { label: 'Regenerate', hint: 'Moves the session to a new id: another key, the same data.', needs: 'session' },
  extend: {
    label: 'Extend',
    hint: 'Lets it end in an hour. A later end is written only when it gains a tenth of the lifetime.',
    needs: 'session',
  },
  expire: {
    label: 'Expire now',
    hint: 'Ends it. The item stays until DynamoDB deletes it; no reader sees it.',
    needs: 'session',
    isDangerous: true,
  },
  clear: { label: 'Clear', hint: 'Ends it, and starts another one in the same request.', needs: 'session', isDangerous: true },
  destroy: { label: 'Destroy', hint: 'Logs out: item and cookie are gone.', needs: 'session', isDangerous: true },
  'destroy-all': {
    label: 'Log out everywhere',
    hint: 'Destroys all sessions of this user, in every browser and on both pages. Looks again a second later.',
    needs: 'user',
    isDangerous: true,
  },
}

const RACE: Buttons = {
  'race-merge': { label: 'Different keys', hint: 'Both changes are kept: the later writer merges.', needs: 'session' },
  'race-same': {
    label: 'Count twice',
    hint: 'Of one key the later write wins, so that it counts one. “Count, locked” is for that.',
    needs: 'session',
  },
}

export function renderActions(page: PlaygroundPage, loaded: Loaded): Html {
  return html`<section aria-labelledby="actions">
    <h2 id="actions">Actions</h2>
    <p class="hint">Logging in moves the session to a new id; the old one is gone.</p>
    <form method="post" action="${page.path}">
      <label for="name">Name</label>
      <div class="field">
        <input id="name" name="name" value="Ada" maxlength="80" required autocomplete="off" />
        <button class="main" name="intent" value="log-in">Log in</button>
      </div>
    </form>
    <form method="post" action="${page.path}">
      <label for="note">Note</label>
      <div class="field">
        <input id="note" name="note" value="${loaded.data.note ?? ''}" maxlength="80" autocomplete="off" />
        <button name="intent" value="note">Save</button>
      </div>
    </form>
    ${renderButtons(page, loaded, ACTIONS)}
  </section>`
}

export function renderRace(page: PlaygroundPage, loaded: Loaded): Html {
  return html`<section aria-labelledby="race">
    <h2 id="race">Two servers at once</h2>
    <p class="hint">Both read the session, and then both write it: one of them meets a conflict.</p>
    ${renderButtons(page, loaded, RACE)}
  </section>`
}

function renderButtons({ path, intents }: PlaygroundPage, { isNew, data }: Loaded, buttons: Buttons): Html {
  return html`<form method="post" action="${path}" class="actions">
    ${intents.map((intent) => {
      const button = buttons[intent]
      if (!button) return html``
      const { label, hint, needs, isDangerous } = button
      const isDisabled = (needs === 'session' && isNew) || (needs === 'user' && data.user === undefined)
      return html`<button
          name="intent"
          value="${intent}"
          ${isDangerous === true && trusted('class="danger"')}
          aria-describedby="about-${intent}"
          ${isDisabled && trusted('disabled')}
        >
          ${label}
        </button>
        <span id="about-${intent}">${hint}</span>`
    })}
  </form>`
}
