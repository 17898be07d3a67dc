// The package in Bun and Deno, from npm: the recipe of docs/web.md, started by each.
import { existsSync, readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { onEveryEngine } from '../support/engines.ts'
import { readmeBlock } from '../support/readme.ts'
import { createProject, install } from './npm.ts'
import { tarball } from './packed.ts'
import { serverEnvironment, startServer } from './server.ts'

interface Runtime {
  readonly name: string
  /** The scope of the packages that have its program, one for each kind of machine, and where in such a package it is. */
  readonly scope: string
  readonly binary: string
  readonly listen: string
  readonly flags: readonly string[]
}

const RUNTIMES: readonly Runtime[] = [
  {
    name: 'bun',
    scope: '@oven',
    binary: 'bin/bun',
    listen: "Bun.serve({ port: Number(process.env.PORT), hostname: '127.0.0.1', fetch })",
    flags: [],
  },
  {
    name: 'deno',
    scope: '@deno',
    binary: 'deno',
    listen: "Deno.serve({ port: Number(process.env.PORT), hostname: '127.0.0.1' }, fetch)",
    flags: ['run', '--allow-net', '--allow-env', '--allow-read', '--allow-sys=homedir'],
  },
]

let app: Awaited<ReturnType<typeof createProject>>
/** Programs by the runtime's name, or why there is none. */
const found = new Map<string, { readonly program: string } | { readonly reason: string }>()

beforeAll(async () => {
  app = await createProject()
  await install(app.project, tarball)
  for (const { name, scope, binary, listen } of RUNTIMES) {
    await writeFile(join(app.project, `${name}.ts`), `${readmeBlock('serve', 'docs/web.md')}\n${listen}\n`)
    found.set(name, await find(name, scope, binary))
  }
}, 600_000)

afterAll(() => app?.remove())

async function find(name: string, scope: string, binary: string): Promise<{ program: string } | { reason: string }> {
  try {
    await install(app.project, name)
    const folder = join(app.project, 'node_modules', scope)
    const packages = existsSync(folder) ? readdirSync(folder) : []
    const program = packages.map((one) => join(folder, one, binary)).find(existsSync)
    return program ? { program } : { reason: `npm has no ${name} for ${process.platform}-${process.arch}` }
  } catch (error) {
    return { reason: `${name} cannot be installed: ${(error as Error).message.slice(0, 500)}` }
  }
}

onEveryEngine((table) => {
  it.for(RUNTIMES)('$name keeps the session of a visitor, logs in and logs out', async ({ name, flags }, { skip, onTestFinished }) => {
    const runtime = found.get(name)
    if (!runtime || 'reason' in runtime) {
      const reason = runtime?.reason ?? 'nobody looked for it'
      console.warn(`${name} is skipped: ${reason}`)
      return skip(reason)
    }
    const env = {
      ...serverEnvironment(table.engine.endpoint),
      SESSION_SECRET: 'a long and random secret',
      AWS_DYNAMO_DB_SESSION_TABLE_NAME: table.options.tableName,
    }
    const server = await startServer(app.project, [...flags, `${name}.ts`], env, runtime.program)
    onTestFinished(() => server.stop())
    const first = await fetch(server.origin)
    expect([await first.json(), first.headers.get('cache-control')]).toEqual([{ visits: 1 }, 'private, no-store'])
    const [setCookie] = first.headers.getSetCookie()
    const cookie = String(setCookie).split(';')[0] as string
    expect(await (await fetch(server.origin, { headers: { cookie } })).json()).toEqual({ visits: 2 })
    expect(await (await fetch(server.origin, { headers: { cookie: `${cookie}x` } })).json()).toEqual({ visits: 1 })
    const login = await fetch(`${server.origin}/login`, { headers: { cookie } })
    expect(await login.json()).toEqual({ visits: 2, userId: 'ada' })
    const user = String(login.headers.getSetCookie()[0]).split(';')[0] as string
    await fetch(`${server.origin}/logout`, { headers: { cookie: user } })
    expect(await (await fetch(server.origin, { headers: { cookie: user } })).json()).toEqual({ visits: 1 })
  })
})
