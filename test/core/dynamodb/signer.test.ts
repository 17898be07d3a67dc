// A client that is made here keeps its signer, and signs by what holds now all the same.
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { expect, it } from 'vitest'
import { openTransport } from '../../../src/core/dynamodb/open-transport.ts'
import { CREDENTIALS, KEY, answerWith, serve } from './http/servers.ts'

const OPTIONS = { transport: 'sdk', region: 'eu-central-1' } as const

async function configOf(options: object): Promise<DynamoDBClient['config']> {
  return ((await openTransport({ ...OPTIONS, ...options }).client()) as DynamoDBClient).config
}
const scheme = (signingRegion: string) => ({ name: 'sigv4', signingName: 'dynamodb', signingRegion, properties: {} })

it('signs each request by the keys of its moment', async () => {
  const { endpoint, asked } = await serve((response) => answerWith(response, { Item: KEY }))
  let count = 0
  // So near their end they are asked for again by each request.
  const credentials = async () => ({ ...CREDENTIALS, accessKeyId: `KEY${count++}`, expiration: new Date(Date.now() + 1000) })
  const { send } = openTransport({ ...OPTIONS, endpoint, credentials })
  for (let n = 0; n < 3; n++) await send('GetItem', { TableName: 'sessions', Key: KEY })
  const signedBy = asked.map(({ headers }) => Number(/Credential=KEY(\d+)\/\d{8}\/eu-central-1\//.exec(headers.authorization ?? '')?.[1]))
  expect(signedBy).toHaveLength(3)
  expect(signedBy[0]).toBeLessThan(signedBy[1] as number)
  expect(signedBy[1]).toBeLessThan(signedBy[2] as number)
})

it('keeps the signer as long as it signs for the same', async () => {
  const config = await configOf({ credentials: CREDENTIALS })
  const first = await config.signer(scheme('eu-central-1'))
  expect(await config.signer(scheme('eu-central-1'))).toBe(first)
  const other = await config.signer(scheme('eu-west-1'))
  expect(other).not.toBe(first)
  expect(await config.signer(scheme('eu-west-1'))).toBe(other)
  config.credentials = async () => ({ ...CREDENTIALS, accessKeyId: 'ANOTHER' })
  expect(await config.signer(scheme('eu-west-1'))).not.toBe(other)
})

it('keeps none that could not be made', async () => {
  const config = await configOf({ credentials: CREDENTIALS })
  let region: string | undefined
  config.region = async () => {
    if (region === undefined) throw new Error('Region is missing')
    return region
  }
  await expect(config.signer()).rejects.toThrow('Region is missing')
  region = 'eu-central-1'
  await expect(config.signer()).resolves.toBeTypeOf('object')
})
