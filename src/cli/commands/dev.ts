import { relative, resolve as toPath } from 'node:path'
import { command, EXIT } from '../command.ts'
import type { Command } from '../command.ts'
import { startDevServer } from '../dev/dev.ts'
import { startProgram } from '../dev/program.ts'
import { UsageError } from '../errors.ts'
import { watchParents } from '../parents.ts'
import { stopOnSignals } from '../signals.ts'
import { formatRows } from '../layout.ts'

const PORT = 8000
const FOLDER = '.dynamodb-sessions'
/** Processes between this one and whoever started npm: npx, and its shell. */
const NPM_DEPTH = 3

/** `dev` */
export const dev: Command = command(
  {
    shown: ['userIdKey', 'tableKey'],
    takesProgram: true,
    args: {
      port: { type: 'string', valueHint: 'number', description: `Port of this machine (default ${PORT}; 0 for a free one)` },
      folder: { type: 'string', valueHint: 'path', description: `Keeps the data (default ${FOLDER})` },
      'in-memory': { type: 'boolean', description: 'Keep no data once it ends' },
    },
  },
  async ({ options, flags, program: words, terminal }) => {
    if (flags.inMemory === true && flags.folder !== undefined) throw new UsageError('Give --folder or --in-memory, not both')
    if (flags.folder === '') throw new UsageError('The flag --folder takes the path of a folder; --in-memory keeps no data')
    const folder = flags.inMemory === true ? undefined : toPath(typeof flags.folder === 'string' ? flags.folder : FOLDER)
    const port = portOf(flags.port)
    // From the beginning: who started this may end meanwhile.
    const isOrphan = new Promise<void>((resolve) => watchParents(process.env.npm_command === undefined ? 1 : NPM_DEPTH, () => resolve()))
    const server = await startDevServer({ options, port, folder })
    const { endpoint, ensured } = server
    const { signal, release } = stopOnSignals(terminal, () => {})
    const isStopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    const data = folder === undefined ? 'in memory, until it ends' : relative(process.cwd(), folder) || folder
    const rows = [
      ['page', endpoint],
      ['table', `${ensured.table.tableName}${ensured.created ? ', made just now' : ''}`],
      ['data', data],
    ]
    // The standard output is the program's where there is one, and it has the line for .env.
    if (words.length > 0) terminal.note(formatRows(rows))
    else terminal.line(formatRows([...rows, ['.env', `AWS_ENDPOINT_URL_DYNAMODB=${endpoint}`]]))
    for (const { what, expected, found, remedy } of ensured.differences)
      terminal.note(`${what} should be ${expected} and is ${found}: ${remedy}`)
    const ends = [isOrphan, isStopped].map((end) => end.then(() => EXIT.ok))
    let exitCode: number
    try {
      const program = words.length > 0 ? startProgram(words, endpoint, terminal) : undefined
      exitCode = await Promise.race([...ends, ...(program ? [program.ended] : [])])
      await program?.stop()
    } finally {
      await server.close()
      release()
    }
    return { json: { endpoint, tableName: ensured.table.tableName, ...(folder === undefined ? {} : { folder }) }, exitCode }
  },
)

function portOf(text: string | boolean | undefined): number {
  const port = text === undefined ? PORT : typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(port <= 65_535)) throw new UsageError('The flag --port takes a port from 0 to 65535')
  return port
}
