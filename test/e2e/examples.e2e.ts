// examples/ from the packed tarball: installed in a fresh folder, by each package manager, and each started by its one command.
import { cp } from 'node:fs/promises'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createProject, installWith, MANAGERS } from './npm.ts'
import { tarball } from './packed.ts'
import { bareEnvironment, startServer } from './server.ts'

const names = readdirSync('examples').filter((file) => file.endsWith('.js') && file !== 'start.js')

describe.concurrent.each(MANAGERS)('installed by %s', (manager) => {
  let app: Awaited<ReturnType<typeof createProject>>

  beforeAll(async () => {
    app = await createProject()
    // What is in folders has packages of its own.
    for (const file of ['package.json', 'start.js', ...names])
      await cp(join(import.meta.dirname, '../../examples', file), join(app.project, file))
    await installWith(app.project, tarball, manager)
  }, 600_000)

  afterAll(() => app?.remove())

  test.for(names)('%s starts and responds', async (file, { onTestFinished }) => {
    const server = await startServer(app.project, ['start.js', file.slice(0, -'.js'.length)], bareEnvironment())
    onTestFinished(() => server.stop())
    const response = await fetch(server.origin.replace('127.0.0.1', 'localhost'))
    expect([response.status, response.headers.get('content-type')]).toEqual([200, expect.stringContaining('application/json')])
  })
})
