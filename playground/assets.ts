// What the page carries inline. The policy in app.ts allows exactly these two texts, by their hashes.
import { readFileSync } from 'node:fs'

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8')

export const STYLE: string = read('style.css')
export const SCRIPT: string = read('client.js')
