import { InvalidOptionError } from '../core/base/errors.ts'
import { ROLES, policiesOf } from './policies.ts'
import type { Role } from './policies.ts'
import { resolveTableOptions } from '../table/definition.ts'
import type { TableOptions } from '../table/definition.ts'
import { toCdk } from './cdk.ts'
import { toCloudFormation } from './cloudformation.ts'
import { tableArn, toIam } from './iam.ts'
import { toSst } from './sst.ts'
import { toTerraform } from './terraform.ts'

export const TEMPLATE_FORMATS = ['cloudformation', 'cdk', 'terraform', 'sst', 'iam'] as const
export type TemplateFormat = (typeof TEMPLATE_FORMATS)[number]

/** The flat set of options, those of a table, and what concerns templates only. */
export interface TemplateOptions extends Omit<TableOptions, 'timeout' | 'signal' | 'onWait'> {
  format: TemplateFormat
  /** Whether the application also uses the driver through unstorage, which takes more permissions. Default `false`. */
  unstorage?: boolean
  /** `iam` only: one policy, as `aws iam create-policy --policy-document` takes it. Default: all three by name. */
  policy?: Role
  /** `iam` only: the AWS account's number of twelve digits. Default: any account, which is the one of the role. */
  account?: string
}

/**
 * The table and the policies of its users as infrastructure code, made of the same definition as `createSessionTable`.
 * Nothing is asked of AWS.
 *
 * @returns the text, with a line break at its end.
 * @throws InvalidOptionError, also for what a template cannot name: a table by its ARN, a KMS key by its alias.
 */
export function renderTemplate(options: TemplateOptions): string {
  const { format, unstorage = false, policy, account, ...rest } = options
  if (!TEMPLATE_FORMATS.includes(format)) throw new InvalidOptionError('format', `must be one of ${TEMPLATE_FORMATS.join(', ')}`)
  if (typeof unstorage !== 'boolean') throw new InvalidOptionError('unstorage', 'must be true or false')
  if (policy !== undefined && !ROLES.includes(policy)) throw new InvalidOptionError('policy', `must be one of ${ROLES.join(', ')}`)
  if (account !== undefined && !/^\d{12}$/.test(account)) throw new InvalidOptionError('account', 'must be twelve digits')
  for (const [name, value] of Object.entries({ policy, account })) {
    if (value !== undefined && format !== 'iam') throw new InvalidOptionError(name, 'goes with the format iam; leave it out')
  }
  const { definition, resolved } = resolveTableOptions(rest)
  const key = definition.request.SSESpecification?.KMSMasterKeyId
  if (key !== undefined && !/^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/.test(key)) {
    throw new InvalidOptionError('serverSideEncryption', 'must be the ARN of a KMS key, with its id, since policies name it')
  }
  const policies = policiesOf(definition, resolved, unstorage)
  if (format === 'iam') return toIam(policies, policy, tableArn(definition.tableName, resolved.region, account), key)
  if (definition.tableName.startsWith('arn:')) {
    throw new InvalidOptionError('tableName', `is an ARN, but ${format} makes the table by its name`)
  }
  return { cloudformation: toCloudFormation, cdk: toCdk, terraform: toTerraform, sst: toSst }[format]({ definition, policies })
}
