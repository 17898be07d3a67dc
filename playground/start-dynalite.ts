// The embedded engine, which the playground keeps its sessions in and the tests run on.
import type { AddressInfo } from 'node:net'

export interface RunningDynalite {
  readonly name: 'dynalite'
  readonly endpoint: string
  stop(): Promise<void>
}

/** Starts dynalite in this process. `path`: a folder that keeps its tables. */
export async function startDynalite(path?: string): Promise<RunningDynalite> {
  const { default: dynalite } = await import('dynalite')
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0, ...(path === undefined ? {} : { path }) })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    name: 'dynalite',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}
