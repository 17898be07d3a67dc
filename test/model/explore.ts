// Runs a scenario in every order: depth first over its choices, each run from the start, and no further where a state was seen before.
import { finish, start } from './schedule.ts'
import type { Choice, Run, Setting, Touched } from './schedule.ts'
import { settled } from './world.ts'

export interface Exploration {
  readonly schedules: number
  readonly states: number
  readonly ends: number
  readonly problem?: { readonly texts: readonly string[]; readonly steps: readonly string[] }
}

/** Stops at the first schedule that is wrong. */
export async function explore(setting: Setting): Promise<Exploration> {
  try {
    return await search(setting)
  } finally {
    await finish()
  }
}

/** What is left to try: the choices that lead there, and what need not be tried there, since an order that differs in nothing has been. */
interface Branch {
  readonly path: readonly number[]
  readonly asleep: ReadonlyMap<string, Touched>
}

/**
 * A state is told by its key. What was asleep when it was seen is tried where it comes up awake.
 * Godefroid, Partial-Order Methods for the Verification of Concurrent Systems, chapter 5: https://doi.org/10.1007/3-540-60761-7
 */
async function search(setting: Setting): Promise<Exploration> {
  const seen = new Map<string, ReadonlySet<string>>()
  const waiting: Branch[] = [{ path: [], asleep: new Map() }]
  let [schedules, ends] = [0, 0]
  const result = (run: Run, texts: readonly string[]): Exploration => ({
    schedules,
    states: seen.size,
    ends,
    problem: { texts, steps: run.steps },
  })

  for (let branch = waiting.pop(); branch; branch = waiting.pop()) {
    schedules++
    const path = [...branch.path]
    let { asleep } = branch
    const run = await start(setting)
    for (let step = 0; ; step++) {
      const texts = run.play.look()
      if (texts.length > 0) return result(run, texts)
      const choices = run.choices()
      if (step >= path.length && choices.length > 0) {
        const key = run.key()
        const before = seen.get(key)
        const due = choices.flatMap((choice, index) =>
          asleep.has(choice.label) || (before && !before.has(choice.label)) ? [] : [{ choice, index }],
        )
        seen.set(key, new Set([...asleep.keys()].filter((label) => before?.has(label) ?? true)))
        const [first, ...others] = branchesOf(due, choices, asleep, before)
        if (!first) break
        for (const { index, asleep: left } of others.toReversed()) waiting.push({ path: [...path, index], asleep: left })
        path.push(first.index)
        asleep = first.asleep
      }
      const choice = choices[path[step] as number]
      if (!choice) {
        ends++
        const found = await run.play.end()
        if (found.length > 0) return result(run, found)
        break
      }
      run.steps.push(choice.label)
      choice.run()
      await settled()
    }
    await finish()
  }
  return { schedules, states: seen.size, ends }
}

/** Of each choice: what stays asleep behind it. */
function branchesOf(
  due: readonly { readonly choice: Choice; readonly index: number }[],
  choices: readonly Choice[],
  asleep: ReadonlyMap<string, Touched>,
  before: ReadonlySet<string> | undefined,
): { readonly index: number; readonly asleep: Map<string, Touched> }[] {
  const done = new Map(asleep)
  for (const { label, on } of choices) if (on && before && !before.has(label)) done.set(label, on)
  return due.map(({ choice: { label, on }, index }) => {
    const left = new Map([...done].filter(([, other]) => on !== undefined && areIndependent(on, other)))
    if (on) done.set(label, on)
    return { index, asleep: left }
  })
}

function areIndependent(a: Touched, b: Touched): boolean {
  if (a.host === b.host) return false
  return (!a.isWrite && !b.isWrite) || (a.key !== undefined && b.key !== undefined && a.key !== b.key)
}
