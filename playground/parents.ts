import { execFileSync } from 'node:child_process'

/** Processes between this one and whoever ran the script: npm, its shell, and the watcher. */
const DEPTH = 3
const EVERY = 500

/**
 * Calls `onGone` once a process that started this one has ended. A signal reaches one of them only, and a kill none: the others would
 * hold the port and the data for ever.
 */
export function watchParents(onGone: () => void): void {
  const parent = process.ppid
  const above = ancestors().slice(0, process.env.npm_lifecycle_event === 'playground' ? DEPTH : 1)
  const timer = setInterval(() => {
    if (process.ppid === parent && above.every(isAlive)) return
    clearInterval(timer)
    // The watcher would wait for a change, and start it again.
    if (process.ppid === parent && above.length > 1) process.kill(parent, 'SIGTERM')
    onGone()
  }, EVERY)
  timer.unref()
}

/** From the nearest on; where nobody tells of them, the nearest alone. */
function ancestors(): number[] {
  let parents: Map<number, number>
  try {
    const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .trim()
      .split('\n')
    parents = new Map(lines.map((line) => line.trim().split(/\s+/).map(Number) as [number, number]))
  } catch {
    return [process.ppid]
  }
  const found: number[] = []
  for (let pid: number | undefined = process.ppid; pid !== undefined && pid > 1; pid = parents.get(pid)) found.push(pid)
  return found
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
