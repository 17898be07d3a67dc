// What holds for options together: ranks, names, times and secrets.
import { inspect } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import { InvalidArgumentError } from '../../../src/core/base/errors.ts'
import { checkOptions, resolveOptions } from '../../../src/core/options/options.ts'
import type { SessionOptions } from '../../../src/core/options/options.ts'
import { PREFIX, refusal, resolve, variables } from './refusal.ts'

describe('precedence', () => {
  it('is code, environment, the adapter’s own defaults, defaults', () => {
    const env = { [`${PREFIX}MAX_STALE`]: '60' }
    expect(resolveOptions({ maxStale: 30 }, env, { maxStale: 90 }).maxStale).toBe(30)
    expect(resolveOptions({}, env, { maxStale: 90 }).maxStale).toBe(60)
    expect(resolveOptions({}, {}, { maxStale: 90 }).maxStale).toBe(90)
    expect(resolveOptions({}, {}).maxStale).toBe(14 * 86_400)
  })

  it('takes undefined for not set, on every rank', () => {
    const env = { [`${PREFIX}MAX_STALE`]: undefined }
    expect(resolveOptions({ maxStale: undefined }, env, { maxStale: undefined }).maxStale).toBe(14 * 86_400)
  })

  it('reads process.env when no environment is given', () => {
    vi.stubEnv(`${PREFIX}TABLE_NAME`, 'from-process')
    expect(resolveOptions().tableName).toBe('from-process')
  })

  it('leaves region, endpoint and credentials to the SDK', () => {
    const resolved = resolveOptions({}, { AWS_REGION: 'eu-west-1' })
    for (const name of ['region', 'endpoint', 'credentials', 'client']) expect(resolved).not.toHaveProperty(name)
  })
})

describe('unknown names', () => {
  it.each([
    ['password', 'secretKey'],
    ['secrets', 'secretKey'],
    ['idleTimeout', 'maxStale'],
    ['table', 'tableName'],
    ['base', 'keyPrefix'],
    ['dynamoDbClient', 'client'],
    ['tabelName', 'tableName'],
    ['maxage', 'maxAge'],
  ])('%s: the error names %s', (given, ours) => {
    const error = refusal({ [given]: 'hunter2' })
    expect(error.option).toBe(given)
    expect(error.message).toContain(`did you mean \`${ours}\`?`)
    expect(error.message).not.toContain('hunter2')
  })

  it.each(['somethingElse', 'constructor', '__proto__', 'toString'])('%s: the error says where the options are listed', (given) => {
    expect(refusal(JSON.parse(`{ "${given}": 1 }`) as object).message).toContain('docs/configuration.md')
  })

  it('in the environment are errors too, with the variable as the source', () => {
    const variable = `${PREFIX}TABEL_NAME`
    const error = refusal({}, { [variable]: 'hunter2' })
    expect(error).toMatchObject({ source: variable })
    expect(error.message).toContain('did you mean `tableName`?')
    expect(error.message).not.toContain('hunter2')
    expect(resolve({}, { [variable]: '', AWS_DYNAMO_DB_OTHER: 'x' })).toEqual(resolve({}))
  })

  it('are not looked for in what is no object', () => {
    for (const options of [null, 'sessions', [], 7]) expect(() => resolveOptions(options as never, {})).toThrow(InvalidArgumentError)
  })
})

describe('durations', () => {
  it.each(['maxAge', 'maxStale', 'touchAfter', 'ttl'])('%s in milliseconds: the error suggests a thousandth', (name) => {
    expect(refusal({ [name]: 604_800_000 }).message).toMatch(/in seconds.*did you mean 604800\?.*604800000/)
    expect(refusal({}, { [variables.get(name as keyof SessionOptions) ?? '']: '604800000' }).message).toContain('did you mean 604800?')
  })
})

describe('options that depend on each other', () => {
  it('touchAfter is below maxStale, whoever set it', () => {
    expect(refusal({ touchAfter: 60, maxStale: 60 })).toMatchObject({ option: 'touchAfter', source: 'code' })
    expect(refusal({ touchAfter: 14 * 86_400 }).option).toBe('touchAfter')
    expect(refusal({ maxStale: 60 }, { [`${PREFIX}TOUCH_AFTER`]: '60' })).toMatchObject({ source: `${PREFIX}TOUCH_AFTER` })
    expect(() => resolve({ touchAfter: 60, maxStale: 0 })).not.toThrow()
    expect(() => resolve({ touchAfter: 59.9, maxStale: 60 })).not.toThrow()
  })

  it('sortKey and sortKeyValue go together', () => {
    expect(refusal({ sortKey: 'sk' }).option).toBe('sortKeyValue')
    expect(refusal({ sortKeyValue: 'SESSION' }).option).toBe('sortKey')
    expect(refusal({}, { [`${PREFIX}SORT_KEY`]: 'sk' })).toMatchObject({ option: 'sortKeyValue', source: `${PREFIX}SORT_KEY` })
  })

  it('on-demand billing has no capacities', () => {
    expect(refusal({ billingMode: 'PAY_PER_REQUEST', readCapacity: 5 }).option).toBe('billingMode')
    expect(refusal({ billingMode: 'PAY_PER_REQUEST', writeCapacity: 5 }).option).toBe('billingMode')
    expect(() => resolve({ billingMode: 'PROVISIONED', readCapacity: 5 })).not.toThrow()
    expect(() => resolve({ writeCapacity: 5 })).not.toThrow()
  })

  it('requireEncryption needs a key', () => {
    expect(refusal({ requireEncryption: true }).option).toBe('requireEncryption')
  })
})

describe('secrets', () => {
  it('are in no message, of whatever type and in whatever place they are', () => {
    const errors = [
      refusal({ secretKey: 20_260_101 }),
      refusal({ secretKey: { hunter2: 'hunter2' } }),
      refusal({ secretKey: ['hunter2', 20_260_101] }),
      refusal({ encryptionKey: 'hunter2' }),
      refusal({ encryptionKey: 20_260_101 }),
      refusal({ credentials: { secretAccessKey: 'hunter2' } }),
      refusal({ credentials: 20_260_101 }),
      refusal({ maxAge: 'hunter2' }),
      refusal({}, { [`${PREFIX}ENCRYPTION_KEY`]: 'hunter2' }),
      refusal({}, { [`${PREFIX}MAX_AGE`]: 'hunter2' }),
    ]
    for (const error of errors)
      expect(inspect(error, { showHidden: true }).replaceAll(import.meta.filename, '')).not.toMatch(/hunter2|20260101/)
  })
})

describe('the variable that names a file', () => {
  it('warns once when the options did not come from it', async () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    vi.resetModules()
    const fresh = await import('../../../src/core/options/options.ts')
    const env = { [`${PREFIX}CONFIG_FILE`]: 'sessions.yaml' }
    fresh.resolveOptions({}, { [`${PREFIX}CONFIG_FILE`]: '' })
    fresh.resolveOptions({ configFile: '/app/sessions.yaml' }, env)
    expect(emitWarning).not.toHaveBeenCalled()
    fresh.resolveOptions({}, env)
    fresh.resolveOptions({}, env)
    expect(emitWarning).toHaveBeenCalledExactlyOnceWith(
      expect.stringContaining(`${PREFIX}CONFIG_FILE`),
      expect.objectContaining({ type: 'DynamoSessionWarning', code: 'CONFIG_FILE_NOT_READ' }),
    )
  })
})

it('checking a layer keeps what is set, adds nothing and names the given source', () => {
  expect(checkOptions({ tableName: 'sessions', region: undefined })).toEqual({ tableName: 'sessions' })
  expect(() => checkOptions({ region: 7 }, (name) => `file of ${name}`)).toThrow('from file of region')
})
