import { writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ROLES } from '../../template/policies.ts'
import type { Role } from '../../template/policies.ts'
import { TEMPLATE_FORMATS, renderTemplate } from '../../template/template.ts'
import type { TemplateFormat, TemplateOptions } from '../../template/template.ts'
import { command } from '../command.ts'
import type { Command } from '../command.ts'
import { UsageError } from '../errors.ts'
import { makeFolder } from '../folders.ts'
import { SCHEMA, TABLE_FLAGS, tableOptions } from './table.ts'

/** `template`: nothing is asked of AWS. */
export const template: Command = command(
  {
    shown: [...SCHEMA, 'keyPrefix'],
    args: {
      format: { type: 'string', valueHint: TEMPLATE_FORMATS.join('|'), description: 'What to print it for' },
      ...TABLE_FLAGS,
      unstorage: { type: 'boolean', description: 'Allow the application what the driver needs under unstorage' },
      policy: { type: 'string', valueHint: ROLES.join('|'), description: 'iam: print one policy document only' },
      account: { type: 'string', valueHint: 'number', description: 'iam: the AWS account of the table' },
      output: { type: 'string', alias: 'o', valueHint: 'file', description: 'Write it to a new file' },
      force: { type: 'boolean', description: 'Let --output replace a file' },
    },
  },
  async (context) => {
    const { format, unstorage, policy, account, output, force } = context.flags
    if (format === undefined) throw new UsageError(`Which --format? ${TEMPLATE_FORMATS.join(', ')}`)
    const text = renderTemplate({
      ...(tableOptions(context) as Omit<TemplateOptions, 'format'>),
      format: format as TemplateFormat,
      ...(typeof unstorage === 'boolean' ? { unstorage } : {}),
      ...(typeof policy === 'string' ? { policy: policy as Role } : {}),
      ...(typeof account === 'string' ? { account } : {}),
    })
    if (typeof output !== 'string') return { json: { format, template: text }, text: text.trimEnd() }
    await save(output, text, force === true)
    return { json: { format, output }, text: `Written to ${output}` }
  },
)

async function save(path: string, text: string, replace: boolean): Promise<void> {
  try {
    makeFolder(dirname(path))
    await writeFile(path, text, { flag: replace ? 'w' : 'wx' })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError(
      code === 'EEXIST'
        ? `${path} exists already; --force replaces it`
        : `${path} cannot be written (${code ?? String(error)}): name another file by --output`,
    )
  }
}
