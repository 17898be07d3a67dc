import { EXIT } from './command.ts'
import type { Terminal } from './terminal.ts'

export interface Stop {
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal
  release(): void
}

/**
 * The first signal ends the work between two requests, the second ends the process.
 * @param beforeNote takes away what is drawn, before the first is handled.
 */
export function stopOnSignals(terminal: Terminal, beforeNote: () => void): Stop {
  const stop = new AbortController()
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(EXIT.interrupted)
    stop.abort()
    beforeNote()
    terminal.note('Stopping: requests under way are finished; once more to kill')
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  return { signal: stop.signal, release: () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal) }
}
