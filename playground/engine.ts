import { relative } from 'node:path'
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { orUncaught } from '../src/cli/dev/engine.ts'
import { startDynalite } from './start-dynalite.ts'

/** Where the sessions are kept. */
export interface Engine {
  readonly description: string
  /** `false`: DynamoDB's own deletion of expired items is known to be missing. */
  readonly hasTtl: boolean
  /** Of a local one. */
  readonly endpoint?: string
  createClient(): DynamoDBClient
  stop(): Promise<void>
}

type Environment = Readonly<Record<string, string | undefined>>

/** Something that the person at the console can put right. */
export class StartError extends Error {
  override readonly name = 'StartError'
}

/**
 * The engine that the environment asks for: `PLAYGROUND_ENGINE=aws` for AWS, which makes a table there and so is never
 * guessed; `DYNAMODB_ENDPOINT` for that endpoint; else dynalite in this process with its data in `folder`.
 */
export async function openEngine(env: Environment, folder: string): Promise<Engine> {
  const endpoint = env.DYNAMODB_ENDPOINT
  const name = env.PLAYGROUND_ENGINE || (endpoint ? 'endpoint' : 'dynalite')
  if (name === 'dynalite') return openDynalite(folder)
  if (name === 'aws') return { description: `AWS, region ${await regionOfChain()}`, hasTtl: true, createClient: () => clientOf({}), stop }
  if (name !== 'endpoint') throw new StartError(`PLAYGROUND_ENGINE is ${name}; it can be dynalite, endpoint or aws`)
  if (!endpoint) throw new StartError('PLAYGROUND_ENGINE is endpoint: set DYNAMODB_ENDPOINT to its URL')
  if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint))
    throw new StartError(`DYNAMODB_ENDPOINT is ${endpoint}; it must be a URL, as http://localhost:8000 is one`)
  return { description: endpoint, hasTtl: true, endpoint, createClient: () => clientOf({ endpoint, ...localIdentity(env) }), stop }
}

async function openDynalite(folder: string): Promise<Engine> {
  const { endpoint, stop } = await startDynalite(folder)
  const createClient = (): DynamoDBClient => clientOf({ endpoint, ...localIdentity({}) })
  await assertOpen(createClient(), folder)
  return { description: `dynalite, data in ${shortest(folder)}`, hasTtl: false, endpoint, createClient, stop }
}

/** dynalite opens its folder late, and when it cannot, it throws where no caller can catch it. */
async function assertOpen(client: DynamoDBClient, folder: string): Promise<void> {
  try {
    await orUncaught(
      () => client.send(new DescribeTableCommand({ TableName: 'any' })).catch(ignoreMissing),
      (cause) =>
        new StartError(
          `The data folder ${folder} cannot be opened. Is another playground running on it? Stop that one, or set PLAYGROUND_DATA to another folder`,
          { cause },
        ),
    )
  } finally {
    client.destroy()
  }
}

function shortest(path: string): string {
  const fromHere = relative(process.cwd(), path)
  return fromHere.length < path.length ? fromHere : path
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Error && error.name === 'ResourceNotFoundException')) throw error
}

/** Local engines take any identity, and a machine without AWS has none. */
function localIdentity(env: Environment): Pick<DynamoDBClientConfig, 'region' | 'credentials'> {
  const hasOwn = Boolean(env.AWS_ACCESS_KEY_ID || env.AWS_PROFILE)
  return {
    region: env.AWS_REGION || 'us-east-1',
    ...(hasOwn ? {} : { credentials: { accessKeyId: 'playground', secretAccessKey: 'playground' } }),
  }
}

function clientOf(config: DynamoDBClientConfig): DynamoDBClient {
  return new DynamoDBClient({
    ...config,
    requestHandler: { connectionTimeout: 3000, requestTimeout: 5000, throwOnRequestTimeout: true },
  })
}

async function regionOfChain(): Promise<string> {
  const client = clientOf({})
  try {
    return await client.config.region()
  } catch (cause) {
    throw new StartError('PLAYGROUND_ENGINE is aws: set AWS_REGION, or AWS_PROFILE to a profile with a region', { cause })
  } finally {
    client.destroy()
  }
}

async function stop(): Promise<void> {}
