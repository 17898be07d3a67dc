// In place of random tokens: those of one host are the same in each run of a schedule.
import { draw } from '../world.ts'

export { generateId, hashId, isId } from '../../../src/core/base/id.ts'

export function generateToken(): string {
  return draw('t')
}
