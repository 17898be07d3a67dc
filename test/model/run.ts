// Runs the bundled model in processes of its own.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { bundle } from './bundle.ts'
import type { Exploration } from './explore.ts'
import type { Mutation } from './mutations.ts'

export interface Played extends Exploration {
  readonly scenario: string
  readonly door: string
  /** Of the processor. */
  readonly seconds: number
}

/** @param only `first`: each share ends at its first scenario that is wrong; `some`: every third scenario, through one adapter. */
export async function runModel(shares: number, mutation?: Mutation, only?: 'first' | 'some'): Promise<Played[]> {
  const folder = await mkdtemp(join(tmpdir(), 'model-'))
  try {
    const file = join(folder, 'model.mjs')
    await bundle(file, mutation)
    const runs = Array.from({ length: shares }, (_, share) => runShare(file, [`${share}/${shares}`, mutation?.by ?? '', only ?? '']))
    return (await Promise.all(runs)).flat()
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function runShare(file: string, args: readonly string[]): Promise<Played[]> {
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const code = new Promise<number | null>((resolve) => child.on('close', resolve))
  const played: Played[] = []
  for await (const line of createInterface({ input: child.stdout })) played.push(JSON.parse(line) as Played)
  if ((await code) !== 0) throw new Error(`the model ended with ${await code}`)
  return played
}
