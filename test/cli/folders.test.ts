// Folders that the command makes: where there is no place for one, an error says so at once.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { dev } from '../../src/cli/commands/dev.ts'
import { init } from '../../src/cli/commands/init.ts'
import { template } from '../../src/cli/commands/template.ts'
import { startDevServer } from '../../src/cli/dev/dev.ts'
import { checkFolder, makeFolder } from '../../src/cli/folders.ts'

/** Where Linux has a place for nothing: Node's own `recursive` tries for ever. Elsewhere a file has none either. */
const NOWHERE = existsSync('/proc/self') ? '/proc/x' : '/dev/null/x'
const NOBODY = 65_534

function makeProject(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dynamodb-sessions-folders-'))
  chmodSync(folder, 0o755)
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Runs `work` as one whom permissions bind. */
function asAnyone<Result>(work: () => Result): Result {
  const isRoot = process.getuid?.() === 0
  if (isRoot) process.seteuid?.(NOBODY)
  try {
    return work()
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
}

describe('makeFolder', () => {
  it('makes those that it is in, and tells whether it was there', () => {
    const folder = join(makeProject(), 'a', 'b', 'c')
    expect(makeFolder(folder)).toBe(true)
    expect(statSync(folder).isDirectory()).toBe(true)
    expect(makeFolder(folder)).toBe(false)
    expect(makeFolder('/')).toBe(false)
  })

  it('ends where there is no place, in a file and without permission', () => {
    const project = makeProject()
    const file = join(project, 'file')
    writeFileSync(file, '')
    for (const path of [file, join(file, 'a'), join(file, 'a', 'b')]) expect(() => makeFolder(path)).toThrow(/ENOTDIR|is no folder/)
    for (const path of [NOWHERE, join(NOWHERE, 'a', 'b')]) expect(() => makeFolder(path)).toThrow(/ENOENT|ENOTDIR/)
    if (process.platform === 'win32') return
    const closed = join(project, 'closed')
    mkdirSync(closed)
    chmodSync(closed, 0o555)
    expect(() => asAnyone(() => makeFolder(join(closed, 'a')))).toThrow(/EACCES/)
    expect(() => asAnyone(() => checkFolder(closed))).toThrow(/EACCES/)
  })
})

describe('a command', () => {
  it('dev says at once what is wrong with --folder', async () => {
    const project = makeProject()
    const file = join(project, 'file')
    writeFileSync(file, '')
    mkdirSync(join(project, 'own'))
    writeFileSync(join(project, 'own', 'tables'), '')
    const start = (folder: string): Promise<unknown> => startDevServer({ options: {}, port: 0, folder })
    const error = (why: RegExp): object => ({ code: 'USAGE', message: expect.stringMatching(why) as string })
    await expect(start(file)).rejects.toMatchObject(error(/ is a file, or in one \(ENOTDIR\): name another one by --folder$/))
    await expect(start(join(project, 'own'))).rejects.toMatchObject(
      error(/ is a file, or in one \(ENOTDIR\): name another one by --folder$/),
    )
    await expect(start(NOWHERE)).rejects.toMatchObject(error(/^The folder .* (?:cannot be made|is a file, or in one) .*--folder$/))
    await expect(dev.run({ folder: '' })).rejects.toMatchObject(error(/--folder takes the path/))
  })

  it('template says at once what is wrong with --output', async () => {
    const file = join(makeProject(), 'file')
    writeFileSync(file, '')
    for (const output of [join(NOWHERE, 'a', 'sessions.tf'), join(file, 'sessions.tf')]) {
      const run = template.run({ format: 'terraform', output })
      await expect(run).rejects.toMatchObject({ code: 'USAGE', message: expect.stringMatching(/cannot be written .*--output$/) as string })
    }
  })

  it('init says where it cannot write', async () => {
    const project = makeProject()
    writeFileSync(join(project, 'package.json'), '{}')
    writeFileSync(join(project, 'app'), '')
    vi.spyOn(process, 'cwd').mockReturnValue(project)
    const run = init.run({ framework: 'react-router' })
    await expect(run).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(/app.* cannot be written \(ENOTDIR\)/) as string,
    })
  })
})
