// The engine of a benchmark, as a process of its own: prints its name, endpoint and id, and lives until its input ends or it is told to.
import { startEngines } from '../test/engines/index.ts'

const { engines, stop } = await startEngines(() => {})
const fastest = engines.find(({ name }) => name !== 'dynalite') ?? engines[0]
const end = (): void => void stop().finally(() => process.exit(0))
process.once('SIGTERM', end)
process.stdin.once('close', end).resume()
console.log(`${fastest?.name} ${fastest?.endpoint} ${process.pid}`)
