// Five short scenes: what to press, and what to look at. A step that names buttons can be played by the page's script.
import { html } from './html.ts'
import type { Html } from './html.ts'

interface Step {
  readonly text: string
  /** What a press plays: `browser intent [slow] [field=value]`, several at once separated by `;`. `view` with loaders is a page view. */
  readonly play?: string
  readonly label?: string
}

interface Scene {
  readonly title: string
  readonly about: string
  readonly steps: readonly Step[]
}

const SCENES: readonly Scene[] = [
  {
    title: 'Log in',
    about: 'A log-in moves the session to a new id, so that an id from before is worth nothing.',
    steps: [
      { text: 'Count as a visitor. Look at A’s item: it exists since now, without a user.', label: 'Count in A', play: 'a count' },
      { text: 'Log in. The count stays, the key is another one.', label: 'Log in as Ada', play: 'a log-in name=Ada' },
      {
        text: 'Look at the table: the old key is a grey tombstone that leads to the new one, and goes by itself.',
        label: 'Show the table',
        play: 'tab table',
      },
    ],
  },
  {
    title: 'Four loaders, one read',
    about: 'Nested routes load at once, and each asks for the session.',
    steps: [
      { text: 'Make sure that there is a session to read.', label: 'Count in A', play: 'a count' },
      {
        text: 'View A’s page with four loaders. In the timeline: one GetItem, shared by all four.',
        label: 'View with four loaders',
        play: 'a view loaders=4',
      },
      { text: 'Look at what the same page costs elsewhere.', label: 'Show the costs', play: 'tab costs' },
    ],
  },
  {
    title: 'Two tabs, one conflict',
    about: 'Two requests of one browser change the session at the same time.',
    steps: [
      { text: 'A starts with a session.', label: 'Log in as Ada', play: 'a log-in name=Ada' },
      {
        text: 'One tab saves a note, slowly; another counts meanwhile. The slow one comes late, and its condition fails.',
        label: 'Both tabs at once',
        play: 'a note slow note=ten_eggs; a count wait=600',
      },
      { text: 'Look at A: count and note are both there. In the timeline the late write met a conflict and was merged.' },
    ],
  },
  {
    title: 'A lock',
    about: 'Both tabs change the same key, so that a merge cannot help.',
    steps: [
      { text: 'A starts with a session.', label: 'Count in A', play: 'a count' },
      {
        text: 'Two tabs count under the lock, for a second each.',
        label: 'Count twice, locked',
        play: 'a count-locked; a count-locked wait=150',
      },
      { text: 'Look at the timeline: the second waited for the first. The count went up by two.' },
    ],
  },
  {
    title: 'Log out everywhere',
    about: 'Ada has lost her phone, and ends all of her sessions from another browser.',
    steps: [
      { text: 'Ada logs in with both browsers.', label: 'Log in A and B', play: 'a log-in name=Ada; b log-in name=Ada' },
      { text: 'Log out everywhere, in B.', label: 'Log out everywhere', play: 'b destroy-all' },
      { text: 'Look at A: it says at once that its session has ended. A late request of A’s could not bring it back.' },
    ],
  },
]

export function renderScenes(): Html {
  return html`<section class="scenes" id="scenes" aria-labelledby="heading-scenes">
    <h2 id="heading-scenes">Five short scenes</h2>
    <div class="scene-list">
      ${SCENES.map(
        ({ title, about, steps }, index) =>
          html`<details name="scene" data-scene="${index + 1}">
            <summary><span class="number">${index + 1}</span> ${title}</summary>
            <p>${about}</p>
            <ol>
              ${steps.map(
                ({ text, play, label }) =>
                  html`<li>
                    <p>${text}</p>
                    ${play !== undefined && html`<button type="button" data-play="${play}" hidden>${label}</button>`}
                  </li>`,
              )}
            </ol>
          </details>`,
      )}
    </div>
  </section>`
}
