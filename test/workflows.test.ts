// What GitHub runs: the workflows name what there is, on what package.json promises, and may do no more than they need.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import manifest from '../package.json' with { type: 'json' }
import { STARTERS } from './engines/index.ts'

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, string | number>>
}
interface Job {
  readonly 'runs-on': string
  readonly 'timeout-minutes'?: number
  readonly permissions?: Readonly<Record<string, string>>
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> }
  readonly env?: Readonly<Record<string, string>>
  readonly steps: readonly Step[]
}
interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>
  readonly concurrency?: { readonly group: string }
  readonly jobs: Readonly<Record<string, Job>>
}

const FOLDER = '.github/workflows'
const workflows = readdirSync(FOLDER).map((file) => {
  const text = readFileSync(join(FOLDER, file), 'utf8')
  return { file, text, workflow: parse(text) as Workflow }
})
const jobs = workflows.flatMap(({ file, workflow }) =>
  Object.entries(workflow.jobs).map(([name, job]) => ({ name: `${file}: ${name}`, job })),
)
const steps = jobs.flatMap(({ job }) => job.steps.map((step) => ({ job, step })))
const commands = steps.flatMap(({ step }) => (step.run ?? '').split(/&&|\n/).map((line) => line.trim()))
const ci = workflows.find(({ file }) => file === 'ci.yml')?.workflow.jobs ?? {}

test('there are workflows with commands', () => {
  expect([workflows.length, jobs.length, commands.length].every((count) => count > 1)).toBe(true)
})

describe('workflows may do little', () => {
  test.for(workflows)('$file reads, waits for its like, and pins actions by major', ({ workflow: { permissions, concurrency }, text }) => {
    expect(permissions).toEqual({ contents: 'read' })
    expect(concurrency?.group).toBeTruthy()
    const actions = [...text.matchAll(/uses: (\S+)/g)].map(([, action]) => action as string)
    expect(actions.filter((action) => !/^actions\/[\w-]+@v\d+$/.test(action))).toEqual([])
  })

  test.for(jobs)('$name ends by itself', ({ job }) => {
    expect(job['timeout-minutes']).toBeGreaterThan(0)
  })

  test('only who publishes proves who it is, and nobody writes', () => {
    const more = jobs.filter(({ job }) => job.permissions !== undefined)
    expect(more.map(({ name, job }) => [name, job.permissions])).toEqual([
      ['release.yml: publish', { contents: 'read', 'id-token': 'write' }],
    ])
  })
})

describe('what they run is there', () => {
  test('scripts of package.json', () => {
    const scripts = commands.flatMap((line) => /^npm (?:run |(?=test\b))([\w:-]+)/.exec(line)?.[1] ?? [])
    expect(scripts).toEqual(expect.arrayContaining(['test', 'build', 'types', 'test:e2e']))
    expect(scripts.filter((name) => !Object.hasOwn(manifest.scripts, name))).toEqual([])
  })

  test('programs of development dependencies', () => {
    const programs = commands.flatMap((line) => /^npx (\S+)/.exec(line)?.[1] ?? [])
    expect(programs).toContain('vitest')
    expect(programs.filter((name) => !Object.hasOwn(manifest.devDependencies, name))).toEqual([])
  })

  test('files and folders', () => {
    const paths = commands.flatMap((line) => line.split(/\s+/).filter((word) => /^(?:test|\.ci)\//.test(word)))
    expect(paths).toEqual(expect.arrayContaining(['.ci/run', 'test/e2e/runtimes.e2e.ts', 'test/core']))
    expect(paths.filter((path) => !existsSync(path))).toEqual([])
  })

  test('engines', () => {
    const asked = jobs.flatMap(({ job }) => job.env?.ENGINES?.split(',') ?? [])
    expect(asked).toContain('localstack')
    expect(asked.filter((name) => !Object.hasOwn(STARTERS, name))).toEqual([])
  })

  test('axes of the matrix', () => {
    const missing = jobs.flatMap(({ name, job }) =>
      [...JSON.stringify(job).matchAll(/matrix\.(\w+)/g)]
        .filter(([, axis]) => job.strategy?.matrix[axis as string] === undefined)
        .map(([expression]) => `${name}: ${expression}`),
    )
    expect(missing).toEqual([])
  })
})

describe('what they run on', () => {
  const oldest = manifest.engines.node.replace(/^>=/, '')

  test('is the oldest Node of package.json, and every even major since', () => {
    expect(ci.test?.strategy?.matrix.node).toEqual([oldest, '22', '24', '26'])
  })

  test('is no Node that package.json refuses', () => {
    const versions = steps
      .filter(({ step }) => step.uses?.startsWith('actions/setup-node@'))
      .flatMap(({ job, step }) => {
        const version = step.with?.['node-version']
        return version === '${{ matrix.node }}' ? (job.strategy?.matrix.node ?? []) : [version]
      })
    expect(versions.length).toBeGreaterThan(jobs.length)
    expect(versions.filter((version) => !isSince(String(version), oldest))).toEqual([])
  })

  test('is Linux, macOS and Windows', () => {
    const systems = JSON.stringify(jobs)
    for (const name of ['ubuntu-latest', 'macos-latest', 'windows-latest']) expect(systems).toContain(name)
  })

  test('is the oldest SDK that the peers admit, and the newest', () => {
    const [first, last, ...others] = ci.sdk?.strategy?.matrix.sdk ?? []
    expect([last, others]).toEqual(['latest', []])
    // The first release in the range, which `install.e2e.ts` installs too: 3.700.0 itself was never published.
    expect(readFileSync('test/e2e/install.e2e.ts', 'utf8')).toContain(`sdk: '${String(first)}'`)
    const floor = manifest.peerDependencies['@aws-sdk/client-dynamodb'].slice(1)
    expect(isSince(String(first), floor)).toBe(true)
    expect(String(first).split('.')[0]).toBe(floor.split('.')[0])
  })
})

/** Whether a version is not older; of a major alone, GitHub takes the newest. */
function isSince(version: string, oldest: string): boolean {
  const [ours = 0, minor = Infinity] = version.split('.').map(Number)
  const [theirs = 0, least = 0] = oldest.split('.').map(Number)
  return ours > theirs || (ours === theirs && minor >= least)
}
