// The engine of a benchmark, as a process of its own: prints its name, endpoint and id, and lives until its input ends or it is told to.
import { startEngines } from '../../test/engines/index.ts'

// dynoxide carries out one statement after the other. With more threads it hands the lock around after each, which doubles the price
// of batches side by side: https://docs.rs/tokio/latest/tokio/attr.main.html
process.env.TOKIO_WORKER_THREADS ??= '1'
const { engines, stop } = await startEngines(() => {})
const fastest = engines.find(({ name }) => name !== 'dynalite') ?? engines[0]
const end = (): void => void stop().finally(() => process.exit(0))
process.once('SIGTERM', end)
process.stdin.once('close', end).resume()
console.log(`${fastest?.name} ${fastest?.endpoint} ${process.pid}`)
