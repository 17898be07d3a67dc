import { describe, expect, it } from 'vitest'
import { checkArgs } from '../../src/cli/flags.ts'

describe('checkArgs', () => {
  const args = {
    key: { type: 'positional' },
    region: { type: 'string' },
    'max-age': { type: 'string' },
    yes: { type: 'boolean', alias: 'y' },
  } as const

  it.each([
    ['--region', 'x', '--max-age=-5', '-y', 'key'],
    ['--max-age', '-5'],
    ['--no-yes', '--', '--key'],
    ['--yes=false'],
    ['--region=--odd'],
  ])('lets pass: %s %s %s %s %s', (...raw) => {
    expect(() => checkArgs(raw.filter(Boolean), args)).not.toThrow()
  })

  it.each([
    [['--tableName', 'x'], /no flag --tableName; --help lists/],
    [['--maxAge', '5'], /no flag --maxAge; did you mean --max-age\?/],
    [['-x'], /no flag -x/],
    [['--key', 'x'], /no flag --key/],
    [['--__proto__', 'x'], /no flag --__proto__/],
    [['--no-region'], /no flag --no-region/],
    [['--region'], /--region needs a value/],
    [['--region', '--yes'], /--region needs a value; one that begins with - is written --region=VALUE/],
    [['--yes=maybe'], /--yes takes no value/],
    [['--region', 'a', '--region=b'], /--region is given twice/],
    [['--yes', '--no-yes'], /given twice/],
    [['a', 'secret'], /^There are 2 arguments besides the flags, 1 at most is taken$/],
  ])('refuses %j', (raw, message) => {
    expect(() => checkArgs(raw, args)).toThrow(message)
  })
})
