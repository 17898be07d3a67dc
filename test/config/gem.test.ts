// The YAML of the Ruby gem.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { resolveOptions } from '../../src/core/options/options.ts'
import { fixtures, load, refusal, useFolder } from './folder.ts'

const { write, loadWritten } = useFolder()

describe('the Ruby gem’s YAML', () => {
  it('works unchanged', async () => {
    const configFile = join(fixtures, 'gem/dynamo_db_session_store.yml')
    const options = await load('gem', { configFile })
    expect(options).toEqual({
      tableName: 'rails_sessions',
      tableKey: 'session_id',
      secretKey: 'a-secret-that-rails-made',
      consistentRead: true,
      readCapacity: 10,
      writeCapacity: 5,
      raiseErrors: false,
      maxAge: 604_800,
      maxStale: 18_000,
      enableLocking: true,
      lockExpiryTime: 500,
      lockRetryDelay: 500,
      lockMaxWaitTime: 1,
      configFile,
    })
    expect(() => resolveOptions(options, {})).not.toThrow()
  })

  it('works with everything commented out, as the gem generates it', async () => {
    const configFile = join(fixtures, 'gem/commented_out.yml')
    expect(await load('gem', { configFile })).toEqual({ configFile })
  })

  it.each([
    ['a value', 'table_name: <%= ENV["TABLE"] %>', 'tableName'],
    ['a list', 'secret_key: ["<%= ENV[\'NEW\'] %>", "old"]', 'secretKey'],
    ['another environment', '$production: { secret_key: "<%= x %>" }', '$production'],
    ['a key', '"<%= key %>": x', 'configFile'],
    ['a line of its own', '<% if production %>\ntable_name: x\n<% end %>', 'configFile'],
  ])('is refused with ERB in %s', async (_, content, option) => {
    const path = write('dynamodb-sessions.config.yaml', content)
    const error = await refusal(loadWritten())
    expect(error).toMatchObject({ option, source: path })
    expect(error.message).toContain('ERB')
  })

  it('is refused with ERB in an rc file or package.json', async () => {
    const rc = write('.dynamodb-sessionsrc', 'tableName=<%= x %>')
    expect(await refusal(loadWritten())).toMatchObject({ option: 'tableName', source: rc })
    rmSync(rc)
    const manifest = write('package.json', '{ "dynamodb-sessions": { "tableName": "<%= x %>" } }')
    expect(await refusal(loadWritten())).toMatchObject({ option: 'tableName', source: manifest })
  })
})
