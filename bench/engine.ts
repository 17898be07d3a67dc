// The engine of a benchmark, as a process of its own: prints its name and endpoint, and lives until it is killed.
import { startEngines } from '../test/engines/index.ts'

const { engines } = await startEngines(() => {})
const fastest = engines.find(({ name }) => name !== 'dynalite') ?? engines[0]
console.log(`${fastest?.name} ${fastest?.endpoint}`)
