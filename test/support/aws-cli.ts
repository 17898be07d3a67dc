// Carries out the commands of the AWS CLI that messages print: a shell splits them, the SDK sends them.
import { TagResourceCommand, UpdateContinuousBackupsCommand, UpdateTableCommand, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { execFileSync } from 'node:child_process'

const COMMANDS: Readonly<Record<string, new (input: never) => object>> = {
  TagResource: TagResourceCommand,
  UpdateContinuousBackups: UpdateContinuousBackupsCommand,
  UpdateTable: UpdateTableCommand,
  UpdateTimeToLive: UpdateTimeToLiveCommand,
}

export interface AwsCommand {
  /** `UpdateTable`, ... */
  readonly operation: string
  readonly input: Readonly<Record<string, unknown>>
  /** `--endpoint-url` and `--region`. */
  readonly endpoint: string | undefined
  readonly region: string | undefined
}

/** Every `aws dynamodb ...` of a text. */
export function awsCommands(text: string): AwsCommand[] {
  return [...text.matchAll(/`(aws dynamodb [^`]+)`/g)].map(([, command = '']) => parsed(command))
}

/** Sends them, one after the other. */
export async function runAws(text: string, client: DynamoDBClient): Promise<AwsCommand[]> {
  const commands = awsCommands(text)
  for (const { operation, input } of commands) {
    const Command = COMMANDS[operation]
    if (!Command) throw new Error(`no message is known to print ${operation}`)
    await client.send(new Command(input as never) as UpdateTableCommand)
  }
  return commands
}

function parsed(command: string): AwsCommand {
  const words = execFileSync('sh', ['-c', `aws() { printf '%s\\0' "$@"; }; ${command}`], { encoding: 'utf8' })
    .split('\0')
    .slice(1, -1)
  const [operation = '', ...flags] = words
  const { EndpointUrl: endpoint, Region: region, ...input } = inputOf(flags)
  return { operation: pascal(operation), input, endpoint: endpoint as string | undefined, region: region as string | undefined }
}

/** A flag without a value is true, or with `--no-` false. */
function inputOf(flags: readonly string[]): Record<string, unknown> {
  const input: Record<string, unknown> = {}
  for (let at = 0; at < flags.length; at++) {
    const name = flags[at]?.replace(/^--/, '') as string
    const value = flags[at + 1]
    if (value !== undefined && !value.startsWith('--')) {
      input[pascal(name)] = /^[[{]/.test(value) ? JSON.parse(value) : value
      at++
    } else input[pascal(name.replace(/^no-/, ''))] = !name.startsWith('no-')
  }
  return input
}

function pascal(name: string): string {
  return name.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase())
}
