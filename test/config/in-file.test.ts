// A file in the place of a folder holds no configuration.
import { expect, it } from 'vitest'
import { refusal, useFolder } from './folder.ts'

const folder = useFolder()

it('a file named .config keeps no configuration from being found', async () => {
  folder.write('.config', 'PORT=3000')
  expect(await folder.loadWritten()).not.toHaveProperty('configFile')
  folder.write('dynamodb-sessions.config.json', '{ "tableName": "shop" }')
  expect(await folder.loadWritten()).toMatchObject({ tableName: 'shop' })
})

it('a file that is named in a file is one that is not there', async () => {
  folder.write('a', '')
  const error = await refusal(folder.loadWritten({ configFile: 'a/b.json' }))
  expect(error).toMatchObject({ option: 'configFile', message: expect.stringContaining('there is no such file') as string })
  folder.write('dynamodb-sessions.config.json', '{ "extends": "./a/b" }')
  expect(await refusal(folder.loadWritten())).toMatchObject({ option: 'extends' })
})
