// README's Nitro mount and module, word for word but for the imports that it tells users of other releases to change, built without region and credentials, run with them.
import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSessionStore, deleteSessionTable, ensureSessionTable } from '../../src/index.ts'
import { startDynalite } from '../../playground/start-dynalite.ts'
import { bareClient } from '../support/engines.ts'
import { readmeBlock } from '../support/readme.ts'
import { AWS, createProject, install, pack, run } from './npm.ts'
import { bareEnvironment, serverEnvironment, startServer } from './server.ts'

const cases: { name: string; command: string; packages: string[]; adapt: (route: string) => string }[] = [
  { name: 'nitropack 2', command: 'nitropack', packages: ['nitropack@^2.13.0'], adapt: (route) => route.replaceAll(/^import .*\n/gm, '') },
  // All later releases are betas, so that an install without a version gets this one.
  { name: 'Nitro 3.0.0', command: 'nitro', packages: ['nitro@3.0.0'], adapt: (route) => route },
  // jiti reads a configuration in TypeScript on Node 20; Nitro would install it by itself, in the midst of a build.
  {
    name: 'Nitro 3',
    command: 'nitro',
    packages: ['nitro@>=3.0.260903-beta <4', 'jiti'],
    adapt: (route) => route.replace("'nitro/runtime'", "'nitro/storage'"),
  },
]
// Of our own, since the table's name is one that could be in use anywhere else.
const engine = await startDynalite()
const { endpoint } = engine
const table = { tableName: 'sessions', endpoint }
const client = bareClient(endpoint)

const sessions = createSessionStore({ ...table, userIdKey: 'userId' })

const BOTH_CONFIGS = `import mount from './mount.config.ts'
import module from './module.config.ts'
export default { ...mount, ...module }
`
const LOGIN = `import { useDynamoSession } from 'dynamodb-sessions/h3'
export default async (event) => {
  const session = await useDynamoSession(event)
  await session.update(({ logins = 0 }) => ({ userId: 'ada', logins: logins + 1 }))
  return session.data
}
`

let packed: Awaited<ReturnType<typeof pack>>

beforeAll(async () => {
  packed = await pack()
})
afterAll(async () => {
  client.destroy()
  await packed.remove()
  await engine.stop()
})

describe("README's mount and module", () => {
  test.for(cases)('count visits, of all and of one visitor, in $name', async ({ command, packages, adapt }, { onTestFinished }) => {
    const { project, remove } = await createProject()
    onTestFinished(remove)
    await install(project, packed.tarball, ...AWS, ...packages)
    await mkdir(join(project, 'routes'))
    await writeFile(join(project, 'mount.config.ts'), readmeBlock('nitro.config.ts'))
    await writeFile(join(project, 'module.config.ts'), readmeBlock('nitro.config.ts with sessions'))
    await writeFile(join(project, 'nitro.config.ts'), BOTH_CONFIGS)
    await writeFile(join(project, 'routes/login.ts'), LOGIN)
    await writeFile(join(project, 'routes/visits.ts'), adapt(readmeBlock('routes/visits.ts')))
    await run(project, bareEnvironment(), join(project, 'node_modules/.bin', command), 'build', '--preset', 'node-server')

    await ensureSessionTable({ ...table, userIdKey: 'userId' })
    onTestFinished(async () => void (await deleteSessionTable(table)))
    let cookie = ''
    for (const visits of [[1, 2], [3]]) {
      const env = { ...serverEnvironment(endpoint), NITRO_DYNAMODB_SESSIONS_SECRET_KEY: 'a long and random secret' }
      const server = await startServer(project, '.output/server/index.mjs', env)
      onTestFinished(() => server.stop())
      for (const count of visits) {
        const answer = await (await fetch(`${server.origin}/visits`)).json()
        expect(answer, server.output()).toEqual({ visits: count })
      }
      for (const count of visits) {
        const response = await fetch(`${server.origin}/login`, { headers: { cookie } })
        expect(await response.json(), server.output()).toEqual({ userId: 'ada', logins: count })
        cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
      }
      let found = 0
      for await (const _ of sessions.listByUser('ada')) found++
      expect(found).toBe(1)
      await server.stop()
    }

    const { Item } = await client.send(new GetItemCommand({ TableName: 'sessions', Key: { session_id: { S: 'app:visits' } } }))
    expect(Item).toMatchObject({ data: { S: '3' }, expire_at: { N: expect.any(String) } })
    const left = Number(Item?.expire_at?.N) - Date.now() / 1000
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThanOrEqual(61)
  })
})
