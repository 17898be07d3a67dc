// Templates that are programs: Terraform's, read by the parser of Terraform, and TypeScript, run against small stand-ins.
import { createRequire } from 'node:module'
import ts from 'typescript'
import { clean, roleOf } from './described.ts'
import type { Described, DescribedStatement, DescribedTable } from './described.ts'

interface RawStatement {
  readonly sid: string
  readonly actions: string[]
  readonly resources: string[]
  readonly [conditions: string]: unknown
}

interface TerraformCapacity {
  readonly read_capacity?: number
  readonly write_capacity?: number
}

interface TerraformTable extends TerraformCapacity {
  readonly name?: string
  readonly attribute?: readonly { name: string; type: string }[]
  readonly hash_key?: string
  readonly range_key?: string
  readonly billing_mode?: string
  readonly global_secondary_index?: readonly ({ name: string; hash_key: string; projection_type: string } & TerraformCapacity)[]
  readonly server_side_encryption?: readonly { enabled: boolean; kms_key_arn?: string }[]
  readonly ttl?: readonly { enabled: boolean; attribute_name: string }[]
  readonly point_in_time_recovery?: readonly { enabled: boolean }[]
  readonly deletion_protection_enabled?: boolean
  readonly tags?: Record<string, string>
}

interface TerraformFile {
  readonly resource: {
    readonly aws_dynamodb_table: { readonly sessions: [TerraformTable] }
    readonly aws_iam_policy: Record<string, [{ readonly policy: string }]>
  }
  readonly data: { readonly aws_iam_policy_document: Record<string, [{ readonly statement: RawStatement[] }]> }
}

export function fromTerraform(text: string): Described {
  const [file, error] = hcl.parseToObject(text)
  if (error) throw new Error(JSON.stringify(error))
  const { resource, data } = file as TerraformFile
  const [table] = resource.aws_dynamodb_table.sessions
  const capacityOf = (of: TerraformCapacity): unknown[] => [of.read_capacity, of.write_capacity]
  const [encryption] = table.server_side_encryption ?? []
  const [timeToLive] = table.ttl ?? []
  return {
    table: {
      name: table.name,
      attributes: Object.fromEntries((table.attribute ?? []).map(({ name, type }) => [name, type])),
      hashKey: table.hash_key,
      sortKey: table.range_key,
      billing: table.billing_mode,
      capacity: capacityOf(table),
      indexes: (table.global_secondary_index ?? []).map((index) => ({
        name: index.name,
        hashKey: index.hash_key,
        projection: index.projection_type,
        capacity: capacityOf(index),
      })),
      encryption: encryption?.enabled ? (encryption.kms_key_arn ?? 'aws') : undefined,
      timeToLive: timeToLive?.enabled ? timeToLive.attribute_name : undefined,
      pointInTimeRecovery: table.point_in_time_recovery?.[0]?.enabled ?? false,
      deletionProtection: table.deletion_protection_enabled ?? false,
      tags: table.tags ?? {},
    },
    policies: Object.fromEntries(
      ['app', 'gc', 'admin'].map((role) => {
        const policy = resource.aws_iam_policy[`sessions_${role}`]?.[0].policy
        const name = /^\$\{data\.aws_iam_policy_document\.(\w+)\.json\}$/.exec(String(policy))?.[1] as string
        const statements = data.aws_iam_policy_document[name]?.[0].statement ?? []
        return [role, statements.map((statement) => statementOf(statement, '${aws_dynamodb_table.sessions.arn}', 'condition'))]
      }),
    ),
  }
}

interface PulumiCapacity {
  readonly readCapacity?: number
  readonly writeCapacity?: number
}

/** Pulumi's names, which SST's `transform` takes. */
interface PulumiTable extends PulumiCapacity {
  readonly name?: string
  readonly attributes?: readonly { name: string; type: string }[]
  readonly hashKey?: string
  readonly rangeKey?: string
  readonly billingMode?: string
  readonly globalSecondaryIndexes?: readonly ({ name: string; hashKey: string; projectionType: string } & PulumiCapacity)[]
  readonly serverSideEncryption?: { enabled: boolean; kmsKeyArn?: string }
  readonly ttl?: { enabled: boolean; attributeName?: string | undefined }
  readonly pointInTimeRecovery?: { enabled: boolean }
  readonly deletionProtectionEnabled?: boolean | undefined
  readonly tags?: Record<string, string>
}

interface SstTable {
  readonly fields: Record<string, string>
  readonly primaryIndex: { hashKey: string; rangeKey?: string }
  readonly globalIndexes?: Record<string, { hashKey: string; projection?: string }>
  readonly ttl?: string
  readonly deletionProtection?: boolean
  readonly transform?: { readonly table?: PulumiTable }
}

/** `transform` is shallow, over what SST's component says. */
export function fromSst(text: string): Described {
  const made: PulumiTable[] = []
  const policies: Described['policies'] = {}
  class Dynamo {
    readonly arn = TABLE
    constructor(_name: string, args: SstTable) {
      made.push({
        attributes: Object.entries(args.fields).map(([name, type]) => ({ name, type: type === 'string' ? 'S' : type })),
        billingMode: 'PAY_PER_REQUEST',
        ...args.primaryIndex,
        pointInTimeRecovery: { enabled: true },
        ttl: { attributeName: args.ttl, enabled: args.ttl !== undefined },
        globalSecondaryIndexes: Object.entries(args.globalIndexes ?? {}).map(([name, { hashKey, projection }]) => ({
          name,
          hashKey,
          projectionType: projection === 'keys-only' ? 'KEYS_ONLY' : 'ALL',
        })),
        deletionProtectionEnabled: args.deletionProtection,
        ...args.transform?.table,
      })
    }
  }
  class Policy {
    constructor(name: string, { policy }: { policy: DescribedStatement[] }) {
      policies[roleOf(name)] = policy
    }
  }
  const getPolicyDocumentOutput = ({ statements }: { statements: RawStatement[] }): unknown => ({
    json: statements.map((statement) => statementOf(statement, TABLE, 'conditions')),
  })
  run(text, {
    sst: { aws: { Dynamo } },
    aws: { iam: { Policy, getPolicyDocumentOutput } },
    $interpolate: (parts: readonly string[], ...values: string[]) => String.raw({ raw: parts }, ...values),
  })
  const [table] = made as [PulumiTable]
  const capacityOf = (of: PulumiCapacity): unknown[] => [of.readCapacity, of.writeCapacity]
  return {
    table: {
      name: table.name,
      attributes: Object.fromEntries((table.attributes ?? []).map(({ name, type }) => [name, type])),
      hashKey: table.hashKey,
      sortKey: table.rangeKey,
      billing: table.billingMode,
      capacity: capacityOf(table),
      indexes: (table.globalSecondaryIndexes ?? []).map((index) => ({
        name: index.name,
        hashKey: index.hashKey,
        projection: index.projectionType,
        capacity: capacityOf(index),
      })),
      encryption: table.serverSideEncryption?.enabled ? (table.serverSideEncryption.kmsKeyArn ?? 'aws') : undefined,
      timeToLive: table.ttl?.enabled ? table.ttl.attributeName : undefined,
      pointInTimeRecovery: table.pointInTimeRecovery?.enabled ?? false,
      deletionProtection: table.deletionProtectionEnabled ?? false,
      tags: table.tags ?? {},
    },
    policies,
  }
}

interface CdkKey {
  readonly name: string
  readonly type: string
}

interface CdkTable extends PulumiCapacity {
  readonly tableName?: string
  readonly partitionKey: CdkKey
  readonly sortKey?: CdkKey
  readonly billingMode?: string
  readonly timeToLiveAttribute?: string
  readonly pointInTimeRecoverySpecification?: { readonly pointInTimeRecoveryEnabled: boolean }
  readonly deletionProtection?: boolean
  readonly encryption?: string
  readonly encryptionKey?: string
}

interface CdkIndex extends PulumiCapacity {
  readonly indexName: string
  readonly partitionKey: CdkKey
  readonly projectionType: string
}

/** Against stand-ins; test/e2e/template.e2e.ts runs it against CDK itself. */
export function fromCdk(text: string): Described {
  const tables: CdkTable[] = []
  const indexes: CdkIndex[] = []
  const tags: DescribedTable['tags'] = {}
  const policies: Described['policies'] = {}
  class Construct {}
  class Table {
    readonly tableArn = TABLE
    constructor(_scope: unknown, _id: string, props: CdkTable) {
      tables.push(props)
    }
    addGlobalSecondaryIndex(index: CdkIndex): void {
      indexes.push(index)
    }
  }
  class PolicyStatement {
    readonly statement: DescribedStatement
    constructor({ sid, actions, resources: [resource], conditions }: RawStatement) {
      this.statement = clean({ Sid: sid, Action: actions, Resource: String(resource).replace(TABLE, 'table'), Condition: conditions })
    }
  }
  class ManagedPolicy {
    constructor(_scope: unknown, id: string, { statements }: { statements: PolicyStatement[] }) {
      policies[roleOf(id)] = statements.map(({ statement }) => statement)
    }
  }
  const modules: Record<string, object> = {
    'aws-cdk-lib': {
      RemovalPolicy: { RETAIN: 'retain', DESTROY: 'destroy' },
      Tags: { of: () => ({ add: (name: string, value: string) => (tags[name] = value) }) },
    },
    'aws-cdk-lib/aws-dynamodb': {
      Table,
      AttributeType: { STRING: 'S' },
      BillingMode: { PAY_PER_REQUEST: 'PAY_PER_REQUEST', PROVISIONED: 'PROVISIONED' },
      ProjectionType: { KEYS_ONLY: 'KEYS_ONLY' },
      TableEncryption: { AWS_MANAGED: 'aws', CUSTOMER_MANAGED: 'customer' },
    },
    'aws-cdk-lib/aws-iam': { ManagedPolicy, PolicyStatement },
    'aws-cdk-lib/aws-kms': { Key: { fromKeyArn: (_scope: unknown, _id: string, arn: string) => arn } },
    constructs: { Construct },
  }
  const { SessionTable } = run(text, { require: (name: string) => modules[name] }) as { SessionTable: new (...args: unknown[]) => object }
  const { table: made } = new SessionTable({}, 'Sessions') as { table?: unknown }
  if (!(made instanceof Table)) throw new Error('the construct does not show its table')
  const [table] = tables as [CdkTable]
  const keys = [table.partitionKey, table.sortKey, ...indexes.map(({ partitionKey }) => partitionKey)].filter((key) => key !== undefined)
  const capacityOf = (of: PulumiCapacity): unknown[] => [of.readCapacity, of.writeCapacity]
  return {
    table: {
      name: table.tableName,
      attributes: Object.fromEntries(keys.map((key) => [key.name, key.type])),
      hashKey: table.partitionKey.name,
      sortKey: table.sortKey?.name,
      billing: table.billingMode,
      capacity: capacityOf(table),
      indexes: indexes.map((index) => ({
        name: index.indexName,
        hashKey: index.partitionKey.name,
        projection: index.projectionType,
        capacity: capacityOf(index),
      })),
      encryption: table.encryption === 'customer' ? table.encryptionKey : table.encryption,
      timeToLive: table.timeToLiveAttribute,
      pointInTimeRecovery: table.pointInTimeRecoverySpecification?.pointInTimeRecoveryEnabled ?? false,
      deletionProtection: table.deletionProtection ?? false,
      tags,
    },
    policies,
  }
}

const TABLE = 'the-arn-of-the-table'
// Its types declare nothing.
const hcl = createRequire(import.meta.url)('hcl2-parser') as { parseToObject(text: string): [object, unknown] }

/** A statement in the words of Terraform, which are Pulumi's too. */
function statementOf(statement: RawStatement, table: string, conditions: string): DescribedStatement {
  const [resource, ...more] = statement.resources
  if (resource === undefined || more.length > 0) throw new Error('not one resource')
  const [condition] = (statement[conditions] ?? []) as { test: string; variable: string; values: string[] }[]
  return clean({
    Sid: statement.sid,
    Action: statement.actions,
    Resource: resource.replace(table, 'table'),
    Condition: condition && { [condition.test]: { [condition.variable]: condition.values } },
  })
}

/** Compiles and runs a TypeScript module. */
function run(text: string, globals: Record<string, unknown>): unknown {
  const { outputText, diagnostics } = ts.transpileModule(text, {
    reportDiagnostics: true,
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, strict: true },
  })
  if (diagnostics?.length) throw new Error(diagnostics.map(({ messageText }) => JSON.stringify(messageText)).join('\n'))
  const module = { exports: {} }
  // Neither module nor package: the text is all that there is.
  const body = new Function('module', 'exports', ...Object.keys(globals), outputText) as (...args: unknown[]) => void
  body(module, module.exports, ...Object.values(globals))
  return module.exports
}
