import { afterEach, expect, test, vi } from 'vitest'
import { startEngines } from './index.ts'

const starters = {
  here: async () => ({ name: 'dynalite', endpoint: 'http://here', stop: async () => {} }) as const,
  missing: async () => 'no Docker',
}

afterEach(() => vi.unstubAllEnvs())

async function start(asked: string): Promise<{ lines: string[]; result: unknown }> {
  vi.stubEnv('ENGINES', asked)
  vi.stubEnv('DYNAMODB_ENDPOINT', '')
  const lines: string[] = []
  const result = await startEngines((line) => lines.push(line), starters).then(
    ({ engines }) => engines.map(({ endpoint }) => endpoint),
    (error: Error) => error.message,
  )
  return { lines, result }
}

test('an engine that cannot run is left out with its reason', async () => {
  expect(await start('here,missing')).toEqual({
    lines: ['engine missing is skipped: no Docker', 'engines: dynalite (http://here)'],
    result: ['http://here'],
  })
})

test('suites do not run on nothing', async () => {
  const { lines, result } = await start('missing')
  expect(lines).toEqual(['engine missing is skipped: no Docker'])
  expect(result).toMatch('there is no engine')
})

test('an engine that nobody knows is refused with those that there are', async () => {
  expect((await start('mysql')).result).toBe('ENGINES names mysql; there are here, missing')
})
