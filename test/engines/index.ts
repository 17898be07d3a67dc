// The engines that tests run on. Each suite that touches a table runs on every engine at hand.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { startDynalite } from '../../playground/start-dynalite.ts'
import { startMemory } from './memory.ts'
import { freePort } from './port.ts'

export { freePort } from './port.ts'

export interface EngineInfo {
  readonly name: 'memory' | 'dynalite' | 'dynoxide' | 'localstack' | 'endpoint'
  readonly endpoint: string
}

/** What runs where nothing is asked for. `npm test` has run the suites on the tables in memory before. */
const REAL = ['dynalite', 'dynoxide', 'localstack']

interface RunningEngine extends EngineInfo {
  stop(): Promise<void>
}

type Starters = Readonly<Record<string, () => Promise<RunningEngine | string>>>

/** What `ENGINES` can name; each returns why it is left out where it cannot run. */
export const STARTERS: Starters = { memory: startMemory, dynalite: startDynalite, dynoxide: startDynoxide, localstack: startLocalStack }

/**
 * Starts what this machine has; `print` is told why an engine is left out. Throws where there is none: suites that ran on nothing would
 * look as if they were well.
 */
export async function startEngines(
  print: (line: string) => void,
  starters: Starters = STARTERS,
): Promise<{ engines: EngineInfo[]; stop: () => Promise<void> }> {
  const running = await allEngines(print, starters)
  if (running.length === 0) throw new Error('there is no engine to run on; the lines above say why')
  const engines = running.map(({ name, endpoint }) => ({ name, endpoint }))
  print(`engines: ${engines.map(({ name, endpoint }) => `${name} (${endpoint})`).join(', ')}`)
  return {
    engines,
    async stop() {
      await Promise.all(running.map((engine) => engine.stop()))
    },
  }
}

async function allEngines(print: (line: string) => void, starters: Starters): Promise<RunningEngine[]> {
  const given = process.env.DYNAMODB_ENDPOINT
  if (given) return [{ name: 'endpoint', endpoint: given, stop: async () => {} }]
  const asked = process.env.ENGINES?.split(',').filter(Boolean)
  const unknown = asked?.filter((name) => !Object.hasOwn(starters, name)) ?? []
  if (unknown.length > 0) throw new Error(`ENGINES names ${unknown.join(', ')}; there are ${Object.keys(starters).join(', ')}`)
  const running: RunningEngine[] = []
  for (const [name, start] of Object.entries(starters)) {
    if (!(asked ?? REAL).includes(name)) continue
    const engine = await start()
    if (typeof engine === 'string') print(`engine ${name} is skipped: ${engine}`)
    else running.push(engine)
  }
  return running
}

/** A binary that is close to AWS; an optional dependency, since there is one for Linux on x64 only. */
async function startDynoxide(): Promise<RunningEngine | string> {
  let binary: string
  try {
    binary = createRequire(import.meta.url).resolve('@dynoxide/linux-x64/dynoxide')
  } catch {
    return '@dynoxide/linux-x64 is not installed (it is for Linux on x64 only)'
  }
  const port = await freePort()
  const child = spawn(binary, ['--host', '127.0.0.1', '--port', String(port)], { stdio: 'ignore' })
  const failed = once(child, 'error').then(([error]) => String(error))
  const endpoint = `http://127.0.0.1:${port}`
  for (let tries = 0; tries < 1200; tries++) {
    const answer = await Promise.race([
      failed,
      fetch(endpoint).then(
        () => true,
        () => sleep(25),
      ),
    ])
    if (typeof answer === 'string') return answer
    if (answer === true) return { name: 'dynoxide', endpoint, stop: async () => void child.kill('SIGKILL') }
  }
  child.kill('SIGKILL')
  return 'it did not answer within 30 s'
}

async function startLocalStack(): Promise<RunningEngine | string> {
  try {
    // Loaded here, since it takes a second. Version 12 fails at import on Node 20.
    const { LocalstackContainer } = await import('@testcontainers/localstack')
    const container = await new LocalstackContainer('localstack/localstack:4').start()
    return { name: 'localstack', endpoint: container.getConnectionUri(), stop: async () => void (await container.stop()) }
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).split('\n')[0] as string
  }
}
