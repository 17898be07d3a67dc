import { execFileSync } from 'node:child_process'

const EVERY = 500

/**
 * Calls `onGone` once a process that started this one has ended. A signal reaches one of them only, and a kill none: the others would
 * hold the port and the data for ever.
 * @param depth how many processes above this one are looked at: npm, its shell and the like.
 * @returns what ends the watch.
 */
export function watchParents(depth: number, onGone: (isParentHere: boolean) => void): () => void {
  const parent = process.ppid
  const above = ancestors().slice(0, depth)
  const timer = setInterval(() => {
    if (process.ppid === parent && above.every(isAlive)) return
    clearInterval(timer)
    onGone(process.ppid === parent && isAlive(parent))
  }, EVERY)
  timer.unref()
  return () => clearInterval(timer)
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
