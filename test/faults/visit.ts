// One log-in and what follows it: changes, touches and regenerations, with pages of another host beside them, and a log-out.
import { checkData, checkItem } from './checker.ts'
import type { Line, Violation } from './checker.ts'
import type { Door, Meanwhile, Values } from './visitors.ts'
import type { Run } from './workload.ts'

/** What another host does to the session after a page has read it, and before that page regenerates it; or `race`: beside it. */
type Move = 'move' | 'move, changed' | 'move, logged out' | 'move, log-out races'
type Step = 'change' | 'changes' | 'touch' | 'log out' | Move

/** Visits that do each thing once, however long it takes. */
export const TOURS: readonly (readonly Step[])[] = [
  ['touch', 'changes', 'move, changed', 'change', 'log out'],
  ['change', 'touch', 'move', 'changes', 'move, logged out', 'log out'],
]

/**
 * Ends with a log-out, with an error that leaves open where the session is, or when the time is over.
 * @param there the same door on another host.
 * @param tour in place of what comes by chance.
 */
export async function visit(
  run: Run,
  door: Door,
  there: Door,
  line: Line,
  chance: () => number,
  tour: readonly Step[] = [],
): Promise<void> {
  const { attempt, outcome } = run
  const isSession = door.regenerate !== undefined
  const began = Date.now()
  const logIn = await attempt(door, 'logIn', () => door.logIn({ line: line.name }))
  if (!logIn) {
    line.state = 'open'
    line.failedCreations++
    return
  }
  let cookie = ''
  const hold = async (given: string): Promise<void> => {
    cookie = given
    const id = await door.idOf(cookie)
    line.id = isSession ? id : undefined
    line.current = isSession ? run.keyOf(id) : id
  }
  await hold(logIn.answer)
  line.renewed = began

  const note = (violations: Violation[]): void => void outcome.violations.push(...violations)
  const refuse = (at: Door, what: string): void => void outcome.refused.push(`${at.name}: ${what}`)
  const revive = (detail: string): void => note([{ kind: 'revived', line: line.name, detail: `${door.name}: ${detail}` }])

  /** Answers whether it was done; `undefined`: nobody knows. */
  async function change(at: Door, name: string, meanwhile?: Meanwhile): Promise<boolean | undefined> {
    const [known, from] = [line.done.length, Date.now()]
    const token = line.sent.push([name, line.sent.length + 1])
    const told = await attempt(at, 'change', () => at.change(cookie, name, token, meanwhile))
    return noteAnswer(told, known, () => {
      line.done.push([name, token])
      line.renewed = Math.max(line.renewed, from)
    })
  }

  async function touch(at: Door): Promise<boolean | undefined> {
    const known = line.done.length
    return noteAnswer(await attempt(at, 'touch', () => at.touch(cookie)), known)
  }

  function noteAnswer(told: { answer: Values | undefined } | undefined, known: number, done?: () => void): boolean | undefined {
    if (!told?.answer) return told && false
    done?.()
    note(checkData(line, told.answer, known))
    return true
  }

  /** Answers whether it was acknowledged. */
  async function logOut(at: Door): Promise<boolean> {
    return (await attempt(at, 'logOut', () => at.logOut(cookie))) !== undefined
  }

  function end(): false {
    line.retired.add(line.current as string)
    line.current = undefined
    line.state = 'ended'
    return false
  }

  /** While nothing of this line is under way. */
  async function look(): Promise<void> {
    const item = await run.peek(line.current as string)
    note(item ? checkItem(line, item, run.lifetime) : [{ kind: 'lost', line: line.name, detail: 'the session' }])
  }

  /** Answers whether the visit goes on, as all steps do. */
  async function regenerate(move: NonNullable<Door['regenerate']>, what: Move): Promise<boolean> {
    const from = Date.now()
    /** Of the log-out of another host, if there was one. */
    let isOut: boolean | undefined
    let wasOutBefore = false
    const meanwhile: Meanwhile = async () => {
      if (what === 'move, changed') await change(there, 'key0')
      if (what === 'move, logged out') isOut = wasOutBefore = await logOut(there)
    }
    const beside = [change(there, 'beside'), touch(there)]
    if (what === 'move, log-out races') beside.push(logOut(there).then((done) => (isOut = done)))
    const moved = await attempt(door, 'regenerate', () => move(cookie, meanwhile))
    await Promise.all(beside)
    if (!moved) {
      line.failedCreations++
      if (isOut) end()
      line.state = 'open'
      return false
    }
    if (moved.answer === undefined) {
      if (isOut === undefined) refuse(door, 'regenerate')
      return end()
    }
    if (wasOutBefore) revive('regenerated after the log-out')
    line.retired.add(line.current as string)
    await hold(moved.answer)
    line.renewed = Math.max(line.renewed, from)
    // A log-out by the old id ends what the session moved to; one that failed may have.
    if (isOut) return end()
    if (isOut === undefined) return true
    line.state = 'open'
    return false
  }

  async function leave(): Promise<boolean> {
    await look()
    let isOut: boolean | undefined
    const out = async (): Promise<void> => void (isOut = await logOut(door))
    if (isSession) {
      // Changes that were begun before may end after: whatever they are told, they must not bring the session back.
      const isStale = chance() < 0.5
      const late = [change(there, 'late', isStale ? out : undefined), change(door, 'key3')]
      if (!isStale) await out()
      const [isDone] = await Promise.all(late)
      if (isStale && isOut && isDone) revive('changed after the log-out')
    }
    if (isOut === undefined) await out()
    if (isOut) return end()
    line.state = 'open'
    return false
  }

  async function step(what: Step): Promise<boolean> {
    const at = chance() < 0.5 ? door : there
    if (what === 'log out') return leave()
    if (what === 'touch') {
      const from = Date.now()
      const isDone = await touch(at)
      if (isDone === false) refuse(at, 'touch')
      if (isDone) {
        line.renewed = from
        await look()
      }
      return true
    }
    if (what !== 'change' && what !== 'changes' && door.regenerate) return regenerate(door.regenerate, what)
    const names = what === 'changes' && isSession ? ['key0', 'key1', 'key2'] : [`key${Math.floor(chance() * 4)}`]
    const done = await Promise.all(names.map((name, n) => change(n % 2 === 0 ? at : door, name)))
    if (done.includes(false)) refuse(at, 'change')
    return true
  }

  for (const what of tour) if (!(await step(what))) return
  while (performance.now() < run.until) if (!(await step(draw(chance())))) return
}

function draw(chance: number): Step {
  if (chance < 0.3) return 'change'
  if (chance < 0.55) return 'changes'
  if (chance < 0.75) return 'touch'
  if (chance < 0.78) return 'move'
  if (chance < 0.83) return 'move, changed'
  if (chance < 0.87) return 'move, logged out'
  return chance < 0.9 ? 'move, log-out races' : 'log out'
}
