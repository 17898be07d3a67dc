// README's Nitro mount and module, word for word but for the imports that it tells users of other releases to change, built without region and credentials, run with them.
// A test of nitro-app.e2e.ts, which has each release installed.
import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createSessionStore, ensureSessionTable } from '../../src/index.ts'
import { startDynalite } from '../../playground/start-dynalite.ts'
import { bareClient } from '../support/engines.ts'
import { readmeBlock } from '../support/readme.ts'
import { createProject, run } from './npm.ts'
import { bareEnvironment, serverEnvironment, startServer } from './server.ts'

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

interface Release {
  readonly command: string
  /** What users of the release write in place of README's route. */
  readonly adapt: (route: string) => string
  /** A project in which it is installed beside the package. */
  readonly installed: () => string
}

export function testReadme({ command, adapt, installed }: Release): void {
  test("README's mount and module count visits, of all and of one visitor", async ({ onTestFinished }) => {
    // Of our own, since the table's name is one that could be in use anywhere else.
    const engine = await startDynalite()
    onTestFinished(() => engine.stop())
    const { endpoint } = engine
    const table = { tableName: 'sessions', endpoint, userIdKey: 'userId' }
    await ensureSessionTable(table)
    const client = bareClient(endpoint)
    onTestFinished(() => client.destroy())
    const sessions = createSessionStore(table)

    const { project, remove } = await createProject(installed())
    onTestFinished(remove)
    await mkdir(join(project, 'routes'))
    await writeFile(join(project, 'mount.config.ts'), readmeBlock('nitro.config.ts'))
    await writeFile(join(project, 'module.config.ts'), readmeBlock('nitro.config.ts with sessions'))
    await writeFile(join(project, 'nitro.config.ts'), BOTH_CONFIGS)
    await writeFile(join(project, 'routes/login.ts'), LOGIN)
    await writeFile(join(project, 'routes/visits.ts'), adapt(readmeBlock('routes/visits.ts')))
    await run(project, bareEnvironment(), join(project, 'node_modules/.bin', command), 'build', '--preset', 'node-server')

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
}
