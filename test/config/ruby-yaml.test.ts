// The gem's file is read by Ruby as YAML 1.1, where these words are booleans.
import { describe, expect, it } from 'vitest'
import { useFolder } from './folder.ts'

const folder = useFolder()
const read = (name: string, text: string) => {
  folder.write(name, text)
  return folder.loadWritten({ configFile: name })
}

describe('YAML as Ruby reads it', () => {
  it.each([
    ['yes', true],
    ['Yes', true],
    ['on', true],
    ['ON', true],
    ['no', false],
    ['off', false],
    ['Off', false],
    ['true', true],
    ['"yes"', true],
  ])('takes %s for a boolean where one is meant', async (word, value) => {
    for (const name of ['enable_locking', 'consistent_read', 'raise_errors', 'compression'])
      expect(Object.values(await read('s.yml', `${name}: ${word}\n`))).toContain(value)
  })

  it('leaves texts alone, and other files', async () => {
    expect(await read('s.yaml', 'user_id_key: yes\nsecret_key: no\n')).toMatchObject({ userIdKey: 'yes', secretKey: 'no' })
    await expect(read('s.json', '{"enable_locking":"yes"}')).rejects.toThrow('must be true or false')
    await expect(read('s.yml', 'enable_locking: maybe\n')).rejects.toThrow('must be true or false')
  })
})
