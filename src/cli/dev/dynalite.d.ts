declare module 'dynalite' {
  import type { Server } from 'node:http'

  /** https://github.com/architect/dynalite#programmatically-returns-a-nodejs-http-server */
  export default function dynalite(options?: {
    path?: string
    createTableMs?: number
    deleteTableMs?: number
    updateTableMs?: number
  }): Server
}
