// Files that extend others.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { fixtures, load, refusal, useFolder } from './folder.ts'

const folder = useFolder()
const { write, loadWritten } = folder

describe('extends', () => {
  it('reads local files, their own bases and folders; nearer ranks higher and a list replaces a list', async () => {
    expect(await load('extends')).toEqual({
      tableName: 'from-base',
      secretKey: ['new'],
      maxStale: 100,
      keyPrefix: 'team:',
      region: 'eu-central-1',
      configFile: join(fixtures, 'extends/dynamodb-sessions.config.yaml'),
    })
  })

  it.each([
    'gh:user/repo',
    'github:user/repo',
    'gitlab:user/repo',
    'bitbucket:user/repo',
    'npm:sessions-config',
    'https://example.test/base.tar.gz',
    'http://example.test/base.tar.gz',
    'git@example.test:user/repo',
    '//example.test/base',
  ])('refuses %s, in the file and in what it extends', async (source) => {
    const fetch = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('no network'))
    const path = write('dynamodb-sessions.config.json', JSON.stringify({ extends: source }))
    expect(await refusal(loadWritten())).toMatchObject({ option: 'extends', source: path })
    write('main.json', JSON.stringify({ extends: ['./dynamodb-sessions.config.json'] }))
    const error = await refusal(loadWritten({ configFile: 'main.json' }))
    expect(error).toMatchObject({ option: 'extends', source: path })
    expect(error.message).toMatch(/remote/)
    expect(fetch).not.toHaveBeenCalled()
  })

  it('sends no request to a source that would answer, and shows no credentials in it', async () => {
    let requests = 0
    const server = createServer((_, response) => {
      requests++
      response.end('{}')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    write('.dynamodb-sessionsrc', `extends=http://user:hunter2@127.0.0.1:${port}/base.tar.gz`)
    const error = await refusal(loadWritten())
    server.close()
    expect(error.message).not.toContain('hunter2')
    expect(requests).toBe(0)
  })

  it.each([[[['gh:user/repo', { auth: 'token' }]]], [[{ source: 'gh:user/repo' }]], [[7]], [''], [['']]])(
    'refuses %j, c12’s other forms included',
    async (source) => {
      const path = write('dynamodb-sessions.config.json', JSON.stringify({ extends: source }))
      expect(await refusal(loadWritten())).toMatchObject({ option: 'extends', source: path })
    },
  )

  it('refuses a file that is not there, a package’s name included', async () => {
    write('node_modules/sessions-config/package.json', '{ "name": "sessions-config", "main": "index.js" }')
    write('node_modules/sessions-config/index.js', 'export default { tableName: "from-package" }')
    for (const source of ['./missing.yaml', 'sessions-config', '~/base.yaml']) {
      write('dynamodb-sessions.config.json', JSON.stringify({ extends: source }))
      const error = await refusal(loadWritten())
      expect(error.message).toContain(join(folder.path, source))
    }
  })

  it('refuses a circle', async () => {
    write('dynamodb-sessions.config.yaml', 'extends: ./a.yaml')
    const path = write('a.yaml', 'extends: ./dynamodb-sessions.config.yaml')
    expect(await refusal(loadWritten())).toMatchObject({ option: 'extends', source: path })
  })
})
