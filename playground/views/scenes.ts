// Nine short scenes: what to press, and what to look at. A step that names buttons can be played by the page's script.
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
  {
    title: 'Your devices',
    about: 'Where somebody is logged in, and what ends it there.',
    steps: [
      {
        text: 'Ada logs in with both browsers. At each log-in the option device keeps a label, by the User-Agent.',
        label: 'Log in A and B',
        play: 'a log-in name=Ada; b log-in name=Ada',
      },
      {
        text: 'Look at her sessions, below A’s item: label, last use, “this one”, and a button that ends one by its key.',
        label: 'End all but A’s',
        play: 'a revoke-others',
      },
      { text: 'Look at B: its session has ended, and A’s goes on. A key of another user’s session would do nothing.' },
    ],
  },
  {
    title: 'A fresh log-in',
    about: 'A session may be weeks old when its user wants to change the password.',
    steps: [
      {
        text: 'Log in. Look at A’s item: authenticated_at stands beside the data, and no data can set it.',
        label: 'Log in as Ada',
        play: 'a log-in name=Ada',
      },
      {
        text: 'Change the password, for which a log-in of the last ten minutes is fresh enough.',
        label: 'Change it',
        play: 'a change-password seconds=600',
      },
      {
        text: 'Two seconds later ask for a log-in of the last two: refused with 401. A page asks for the password there.',
        label: 'Ask for a fresher one',
        play: 'a change-password seconds=2 wait=2100',
      },
      { text: 'Confirm the password: a new id, and authenticated_at is now.', label: 'Confirm it', play: 'a confirm' },
    ],
  },
  {
    title: 'Remember me',
    about: 'A lifetime of the session’s own, which every later cookie of it has too.',
    steps: [
      {
        text: 'With the box ticked, cookie and item live five minutes, however often they are used. An application says a month.',
        label: 'Tick it in A',
        play: 'a log-in name=Ada remember=ticked',
      },
      {
        text: 'Unticked, the cookie ends with the browser, and the item idles out. Look at Set-Cookie, in “Before it”.',
        label: 'Leave it unticked in B',
        play: 'b log-in name=Ada remember=unticked',
      },
      { text: 'A new id for A: the cookie’s Max-Age is what is left.', label: 'Regenerate in A', play: 'a regenerate wait=1100' },
    ],
  },
  {
    title: 'A forged request',
    about: 'A page of another site sends a form here, in the name of whoever looks at it.',
    steps: [
      { text: 'Start as a visitor.', label: 'Log out in A', play: 'a destroy' },
      {
        text: 'Open a form. A token is an HMAC of the session’s id: the session is stored for it by one PutItem. View again, and it is another text.',
        label: 'Open a form in A',
        play: 'a token',
      },
      {
        text: 'Order. The browser says that a page of this origin asks, so that no token is needed.',
        label: 'Order in A',
        play: 'a order',
      },
      {
        text: 'Open another site, and press what it has. The order is refused with 403, and in the timeline it cost no request.',
        label: 'Open another site',
        play: 'a other-site',
      },
      { text: 'Look at A: still one order. Programs, which say no origin, pass by the token only.' },
    ],
  },
]

export function renderScenes(): Html {
  return html`<section class="scenes" id="scenes" aria-labelledby="heading-scenes">
    <h2 id="heading-scenes">Nine short scenes</h2>
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
