// In place of node:timers/promises: a pause ends when the schedule says so.
import { pause } from '../world.ts'

export function setTimeout(milliseconds: number): Promise<void> {
  return pause(milliseconds)
}
