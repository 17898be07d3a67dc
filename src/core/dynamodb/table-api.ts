import type { Connection } from './connection.ts'
import type { CreateTableInput, TableDescription, Tag, TimeToLiveDescription } from './model.ts'
import type { Hooks } from './transport.ts'

export type { CreateTableInput, TableDescription, Tag } from './model.ts'

/** One table as a whole: its definition, its time to live, its backups and its tags. Every function throws typed errors only. */
export interface TableApi {
  readonly table: string
  region(): Promise<string>
  create(input: Omit<CreateTableInput, 'TableName'>): Promise<TableDescription | undefined>
  /** `undefined` when there is no such table. */
  describe(hooks?: Hooks): Promise<TableDescription | undefined>
  /** `false` when there was none. */
  delete(): Promise<boolean>
  describeTimeToLive(): Promise<TimeToLiveDescription | undefined>
  enableTimeToLive(attribute: string): Promise<void>
  enablePointInTimeRecovery(): Promise<void>
  /** Whether the table can be restored to any second of its last days. */
  hasPointInTimeRecovery(): Promise<boolean>
  tag(arn: string, tags: readonly Tag[]): Promise<void>
  tagsOf(arn: string): Promise<Tag[]>
}

export function createTableApi({ table, request, region }: Connection): TableApi {
  const TableName = table
  return {
    table,
    region,
    create: async (input) => (await request('CreateTable', { TableName, ...input })).TableDescription,
    describe: async (hooks) =>
      (await request('DescribeTable', { TableName }, { hooks, except: { notFound: () => ({ Table: undefined }) } })).Table,
    delete: async () => (await request('DeleteTable', { TableName }, { except: { notFound: () => undefined } })) !== undefined,
    describeTimeToLive: async () => (await request('DescribeTimeToLive', { TableName })).TimeToLiveDescription,

    async enableTimeToLive(AttributeName) {
      await request('UpdateTimeToLive', { TableName, TimeToLiveSpecification: { AttributeName, Enabled: true } })
    },

    async enablePointInTimeRecovery() {
      await request('UpdateContinuousBackups', { TableName, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } })
    },

    async hasPointInTimeRecovery() {
      const { ContinuousBackupsDescription: backups } = await request('DescribeContinuousBackups', { TableName })
      return backups?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus === 'ENABLED'
    },

    async tag(ResourceArn, Tags) {
      await request('TagResource', { ResourceArn, Tags })
    },

    async tagsOf(ResourceArn) {
      const tags: Tag[] = []
      let from: string | undefined
      do {
        const page: { Tags?: Tag[]; NextToken?: string } = await request('ListTagsOfResource', {
          ResourceArn,
          ...(from ? { NextToken: from } : {}),
        })
        tags.push(...(page.Tags ?? []))
        from = page.NextToken
      } while (from)
      return tags
    },
  }
}
