// The development server as a process: what it prints, and when it ends.
import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { expect, it } from 'vitest'
import { createSessionStore } from '../../src/index.ts'
import { useCommand } from '../support/command.ts'
import type { Ran } from '../support/command.ts'

const { run, folder } = useCommand()
const ENV_LINE = /^\.env +AWS_ENDPOINT_URL_DYNAMODB=(.+)$/m

/** Runs it until it has printed the line for `.env`, and then `once` with its endpoint. */
async function dev(
  args: readonly string[],
  once: (endpoint: string, child: ChildProcessWithoutNullStreams) => Promise<unknown> | void,
): Promise<Ran> {
  let begun: Promise<unknown> | undefined
  const ran = await run(['dev', '--port', '0', ...args], {
    watch(output, child) {
      const endpoint = ENV_LINE.exec(output)?.[1]
      if (endpoint) begun ??= Promise.resolve(once(endpoint, child)).finally(() => child.kill('SIGTERM'))
    },
  })
  await begun
  return ran
}

it('prints the line for .env, serves the application until SIGTERM, and keeps its data', async () => {
  let id = ''
  const ran = await dev(['--user-id-key', 'userId'], async (endpoint) => {
    id = (await createSessionStore({ endpoint }).create({ userId: '42' })).id
    // Two can have different ports, and never one folder.
    const second = await run(['dev', '--port', '0'])
    expect(second).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/cannot be opened.*--folder/) as string })
  })
  expect(ran).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^page +http.*\ntable +sessions, made just now\ndata +\.dynamodb-sessions\n/) as string,
  })
  const again = await dev([], async (endpoint) => {
    expect(await createSessionStore({ endpoint }).read(id)).toMatchObject({ data: { userId: '42' } })
  })
  expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('table  sessions\n') as string })
  expect(again.stderr).not.toContain('should be')
})

it('ends with what started it', async () => {
  await dev(['--in-memory'], async (mine, { spawnargs: [, script = ''] }) => {
    const words = [process.execPath, script, 'dev', '--port', '0', '--in-memory']
    const shell = spawn('sh', ['-c', '"$0" "$@" & wait', ...words], { cwd: folder })
    const endpoint = await new Promise<string>((resolve) => {
      let text = ''
      shell.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        const [, printed] = ENV_LINE.exec(text) ?? []
        if (printed) resolve(printed)
      })
    })
    const answers = (url: string): Promise<boolean> =>
      fetch(url).then(
        ({ ok }) => ok,
        () => false,
      )
    expect(await answers(endpoint)).toBe(true)
    shell.kill('SIGKILL')
    await expect.poll(() => answers(endpoint)).toBe(false)
    expect(await answers(mine)).toBe(true)
  })
})

it.each([
  [['--port', '65536'], /^error: The flag --port takes a port from 0 to 65535\n$/],
  [['--port', 'x'], /^error: The flag --port takes/],
  [['--folder', 'a', '--in-memory'], /^error: Give --folder or --in-memory, not both\n$/],
])('refuses %j', async (args, message) => {
  expect(await run(['dev', ...args])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) as string })
})
