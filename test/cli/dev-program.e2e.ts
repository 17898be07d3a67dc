// `dev -- COMMAND`: a program that runs on the engine, and how both end.
import { expect, it } from 'vitest'
import { useCommand } from '../support/command.ts'

const { run } = useCommand()
const DEV = ['dev', '--in-memory', '--port', '0']
const node = (code: string): string[] => [process.execPath, '-e', code]

/** Makes a session as any client of DynamoDB would, and tells on the standard output what came of it. */
const PUT = `fetch(process.env.AWS_ENDPOINT_URL_DYNAMODB, {
  method: 'POST',
  headers: {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': 'DynamoDB_20120810.PutItem',
    'x-amz-date': '20200101T000000Z',
    authorization: 'AWS4-HMAC-SHA256 Credential=own, SignedHeaders=host, Signature=none',
  },
  body: JSON.stringify({ TableName: 'sessions', Item: { session_id: { S: '1' } } }),
}).then(({ status }) => { console.log(status); process.exitCode = 7 })`

it('finds the table, has the standard output for itself, and ends the engine with its exit code', async () => {
  const ran = await run([...DEV, '--', ...node(PUT)])
  expect(ran).toMatchObject({
    code: 7,
    stdout: '200\n',
    stderr: expect.stringMatching(/^page +http:\/\/localhost:\d+\ntable +sessions, made just now\ndata +in memory/) as string,
  })
})

it('has its own flags, also those that are the command’s too', async () => {
  expect(await run([...DEV, '--', process.execPath, '--version'])).toMatchObject({ code: 0, stdout: `${process.version}\n` })
})

it('writes beside the one document of --json', async () => {
  const ran = await run([...DEV, '--json', '--', ...node("console.log('out'); console.error('beside')")])
  expect(ran).toMatchObject({ code: 0, json: { tableName: 'sessions' }, stderr: expect.stringMatching(/^out\nbeside\n$/) as string })
})

it('is asked to end when the command is', async () => {
  const waits = "process.on('SIGTERM', () => { console.log('ends'); process.exit(9) }); setInterval(() => {}, 1000); console.log('runs')"
  let isAsked = false
  const ran = await run([...DEV, '--', ...node(waits)], {
    watch(output, child) {
      // A second time would kill it.
      if (!isAsked && output.includes('runs\n')) isAsked = child.kill('SIGTERM')
    },
  })
  expect(ran).toMatchObject({ code: 0, stdout: 'runs\nends\n' })
})

it('that a signal ends has the exit code that shells give it', async () => {
  expect((await run([...DEV, '--', ...node("process.kill(process.pid, 'SIGKILL')")])).code).toBe(137)
})

it('that cannot be started is an error', async () => {
  const ran = await run([...DEV, '--', 'no-such-program-anywhere'])
  expect(ran).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/error: The program no-such-program-anywhere cannot be started \(ENOENT\)\n$/) as string,
  })
})
