import type { GarbageCollectionProgress } from '../gc/gc.ts'
import { formatCount } from './terminal.ts'
import type { Terminal } from './terminal.ts'

const BAR_WIDTH = 24
/** Seconds to the first line where there is no terminal; each pause is twice the one before, up to the longest. */
const FIRST_LINE = 1
const LONGEST_PAUSE = 60
/** Milliseconds between two states of a line on a terminal, and between two lines elsewhere. */
const REDRAW = 200
const TICK = 10_000

/** How far a run is: a bar on a terminal, a line now and then elsewhere, nothing with `--json`. All on the standard error. */
export interface Progress {
  report(progress: GarbageCollectionProgress): void
  /** Takes the bar away, before anything else is written. */
  clear(): void
}

export function createProgress(terminal: Terminal): Progress {
  const { stderr } = process
  const hasBar = canDraw(terminal)
  let isDrawn = false
  let nextLine = FIRST_LINE
  return {
    report(progress) {
      if (hasBar) {
        stderr.write(`\r\u001B[K${barOf(progress).slice(0, (stderr.columns || 80) - 1)}`)
        isDrawn = true
      } else if (progress.seconds >= nextLine) {
        nextLine = progress.seconds + Math.min(nextLine, LONGEST_PAUSE)
        terminal.note(`after ${Math.round(progress.seconds)} s: ${countsOf(progress)}`)
      }
    },
    clear() {
      if (isDrawn) stderr.write('\r\u001B[K')
      isDrawn = false
    },
  }
}

/** Shows what is being done, for work that does not know how much of it is left. */
export interface Ticker {
  /** Begins with the first call. */
  show(text: string): void
  /** Takes the line away, before anything else is written, and ends. */
  clear(): void
}

/**
 * The text and the seconds so far: one line that changes on a terminal; elsewhere a line at the beginning and one every ten
 * seconds; nothing with `--json`. All on the standard error.
 */
export function createTicker(terminal: Terminal): Ticker {
  const { stderr } = process
  const isDrawn = canDraw(terminal)
  let shown = ''
  let startedAt = 0
  let timer: ReturnType<typeof setInterval> | undefined
  const seconds = (): number => Math.floor((performance.now() - startedAt) / 1000)
  const draw = (): void => void stderr.write(`\r\u001B[K${`${shown} … ${seconds()} s`.slice(0, (stderr.columns || 80) - 1)}`)
  return {
    show(text) {
      shown = text
      if (timer) return
      startedAt = performance.now()
      if (isDrawn) draw()
      else terminal.note(shown)
      timer = isDrawn ? setInterval(draw, REDRAW) : setInterval(() => terminal.note(`after ${seconds()} s: ${shown}`), TICK)
      timer.unref()
    },
    clear() {
      if (timer && isDrawn) stderr.write('\r\u001B[K')
      clearInterval(timer)
      timer = undefined
    },
  }
}

function canDraw(terminal: Terminal): boolean {
  return !terminal.json && process.stderr.isTTY && process.env.TERM !== 'dumb'
}

function barOf(progress: GarbageCollectionProgress): string {
  const { itemCount, scanned } = progress
  // AWS counts every six hours or so: a table may well hold more than it says.
  if (!itemCount || scanned > itemCount) return countsOf(progress)
  const part = scanned / itemCount
  const done = Math.round(part * BAR_WIDTH)
  return `[${'#'.repeat(done)}${'-'.repeat(BAR_WIDTH - done)}] ${String(Math.floor(part * 100)).padStart(3)} %  ${countsOf(progress)}`
}

function countsOf({ scanned, deleted, spared, failed, seconds }: GarbageCollectionProgress): string {
  const rate = seconds > 0 ? `, ${formatCount(Math.round(scanned / seconds))} a second` : ''
  const others = [spared > 0 ? `, ${formatCount(spared)} spared` : '', failed > 0 ? `, ${formatCount(failed)} failed` : ''].join('')
  return `${formatCount(scanned)} scanned, ${formatCount(deleted)} deleted${others}${rate}`
}
