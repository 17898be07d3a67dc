// Files and options that are refused: by name, and showing nothing of what they hold.
import { rmSync } from 'node:fs'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { load, refusal, useFolder } from './folder.ts'

const { write, loadWritten } = useFolder()

describe('a file that cannot be read', () => {
  it.each([
    ['yaml', 'table_name: x\nsecret_key: "hunter2\n', 'YAML: .* at line 3'],
    ['yaml', 'secret_key: *hunter2\n', 'YAML: unidentified alias at line 1'],
    ['yaml', 'secret_key: !hunter2 x\n', 'YAML: unknown tag at line'],
    ['yaml', 'table_name: x\ntable_name: y\n', 'YAML: duplicated mapping key at line 2'],
    ['json', '{ "secretKey": hunter2 }', 'JSON: '],
    ['json', '{ "secretKey": "hunter2", }', 'JSON: .*position'],
    ['json', '', 'JSON: Unexpected end'],
    ['toml', 'secretKey = "hunter2" oops', 'TOML: .* at line 1'],
  ])('in %s (%j) is named with the place, and shows nothing of its content', async (extension, content, problem) => {
    const path = write(`dynamodb-sessions.config.${extension}`, content)
    const error = await refusal(loadWritten())
    expect(error).toMatchObject({ option: 'configFile', source: path })
    expect(error.message).toContain(path)
    expect(error.message).toMatch(new RegExp(`is not valid ${problem}`))
    expect(error.cause).toBeInstanceOf(Error)
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter2')
  })

  it.each([
    ['ts', 'const key = "hunter2"\nexport default { tableName: "x" oops }', 'ParseError: Unexpected token, expected, at line 2, column 32'],
    ['mjs', 'export default { hunter2: "x" oops }', 'ParseError: Unexpected token, expected, at line 1, column 30'],
    ['cjs', 'const hunter2 = 1\nconst hunter2 = 2', 'ParseError: Identifier, at line 2, column 6'],
    ['ts', '\n\nthrow new Error("hunter2")', 'Error at line 3'],
    ['ts', '\nexport default () => { throw new RangeError("hunter2\\n    at /hunter2:7:7") }', 'RangeError at line 2'],
    ['ts', 'class HunterError extends Error { name = "hunter2" }\nthrow new HunterError("x")', 'an error at line 2'],
    ['ts', '\nimport "hunter2"\nexport default {}', 'Error MODULE_NOT_FOUND at line 2'],
    ['mts', 'import { readFileSync } from "node:fs"\nreadFileSync("/hunter2")', 'Error ENOENT at line 2'],
    ['ts', '\nJSON.parse(`{ "secretKey": hunter2 }`)', 'SyntaxError at line 2'],
    ['ts', 'throw "hunter2"', 'a string was thrown'],
    ['ts', 'throw Object.assign(new Error("x"), { stack: "hunter2", code: "hunter2", cause: new Error("hunter2") })', 'Error'],
  ])(
    'in %s (%j) is named with the kind and the place of the error, and shows nothing of its message',
    async (extension, content, problem) => {
      const path = write(`dynamodb-sessions.config.${extension}`, content)
      const error = await refusal(loadWritten())
      expect(error).toMatchObject({ option: 'configFile', source: path })
      expect(error.message).toBe(`Option \`configFile\` (from ${path}) cannot be read: ${problem}`)
      expect((error.cause as Error).message).toBe(problem)
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter2')
    },
  )

  it('because of a file that it imports is named with the place in that file', async () => {
    const helper = write('helper.ts', 'export function secret(): string {\n  throw new TypeError("hunter2")\n}\n')
    write('dynamodb-sessions.config.ts', 'import { secret } from "../helper.ts"\nexport default { secretKey: secret() }')
    const { message } = await refusal(loadWritten())
    expect(message.slice(message.indexOf('cannot'))).toBe(`cannot be read: TypeError at line 2 of ${helper}`)
  })

  it('among the extended ones is named itself', async () => {
    write('dynamodb-sessions.config.yaml', 'extends: ./base.yaml')
    const path = write('base.yaml', 'a: [')
    expect(await refusal(loadWritten())).toMatchObject({ option: 'configFile', source: path })
  })

  it('or holds no mapping, or is a broken package.json', async () => {
    const list = write('dynamodb-sessions.config.yaml', '- tableName: x')
    expect(await refusal(loadWritten())).toMatchObject({ option: 'configFile', source: list })
    write('dynamodb-sessions.config.yaml', 'sessions')
    expect(await refusal(loadWritten())).toMatchObject({ option: 'configFile', source: list })
    rmSync(list)
    const manifest = write('package.json', '{ "dynamodb-sessions": "sessions" }')
    expect(await refusal(loadWritten())).toMatchObject({ option: 'dynamodb-sessions', source: manifest })
    write('package.json', '{ "dynamodb-sessions": ')
    expect(await refusal(loadWritten())).toMatchObject({ option: 'configFile', source: manifest })
  })
})

describe('an option in a file', () => {
  it.each([
    ['tabel_name: x', 'tabelName', 'did you mean `tableName`?'],
    ['password: hunter2', 'password', 'did you mean `secretKey`?'],
    ['max_stale: soon', 'maxStale', 'a string'],
    ['secret_key: 20260101', 'secretKey', 'a number'],
    ['maxAge: 604800000', 'maxAge', 'did you mean 604800?'],
    ['client: {}', 'client', 'only by code'],
    ['credentials: { accessKeyId: a, secretAccessKey: hunter2 }', 'credentials', 'only by code'],
    ['driver: {}', 'driver', 'only by code'],
    ['config_file: other.yaml', 'configFile', '`extends`'],
    ['tableName: x\ntable_name: y', 'tableName', '`tableName` and `table_name`'],
  ])('(%j) is refused by name, reason and path', async (content, option, problem) => {
    const path = write('dynamodb-sessions.config.yaml', content)
    const error = await refusal(loadWritten())
    expect(error).toMatchObject({ option, source: path })
    expect(error.message).toContain(problem)
    expect(error.message).toContain(path)
    expect(error.message).not.toMatch(/hunter2|20260101/)
  })

  it('is reported with the layer that it is in, and one of code or environment with theirs', async () => {
    write('dynamodb-sessions.config.yaml', 'extends: ./base.yaml\nmax_stale: 60')
    const base = write('base.yaml', 'max_stale: soon')
    expect(await refusal(loadWritten())).toMatchObject({ option: 'maxStale', source: base })
    expect(await refusal(load('yaml', { overrides: { maxStale: -1 } }))).toMatchObject({ option: 'maxStale', source: 'code' })
    const env = { AWS_DYNAMO_DB_SESSION_MAX_STALE: 'soon' }
    expect(await refusal(load('yaml', { env }))).toMatchObject({ option: 'maxStale', source: 'AWS_DYNAMO_DB_SESSION_MAX_STALE' })
  })
})
