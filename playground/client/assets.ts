// What the page carries inline. The policy in respond.ts allows exactly these two texts, by their hashes.
import { readFileSync } from 'node:fs'

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8')

export const STYLE: string = ['style.css', 'scenes.css', 'panels.css', 'tables.css', 'instruments.css'].map(read).join('\n')
/** One script of all modules, each after those that it imports; no name is declared twice. */
export const SCRIPT: string = ['dom.js', 'live.js', 'timeline.js', 'browsers.js', 'tabs.js', 'scenes.js']
  .map((name) =>
    read(name)
      .replaceAll(/^import .*\n/gm, '')
      .replaceAll(/^export /gm, ''),
  )
  .join('\n')
