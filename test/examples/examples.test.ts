// The examples are what the guides show, and need what is installed for them.
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { renderTemplate } from '../../src/template/template.ts'
import { readme } from '../support/readme.ts'

const names = readdirSync('examples').filter((file) => file.endsWith('.js') && file !== 'start.js')

it.for(names)('%s is what docs/ shows', (file) => {
  const example = readFileSync(`examples/${file}`, 'utf8')
  const shown = readdirSync('docs').some((page) => readme(`docs/${page}`).includes(`\`\`\`js\n${example}\`\`\``))
  expect(shown, `no page of docs/ shows examples/${file}, word for word`).toBe(true)
})

it('nitro-lambda has the table that the command prints, and docs/ show what deploys it', () => {
  const folder = 'examples/nitro-lambda/infra'
  const printed = renderTemplate({ format: 'cdk', userIdKey: 'userId' })
  expect(readFileSync(`${folder}/session-table.ts`, 'utf8').trimEnd()).toBe(printed.trimEnd())
  expect(readme('docs/lambda.md')).toContain(`\`\`\`ts\n${readFileSync(`${folder}/app.ts`, 'utf8')}\`\`\``)
})

it.for([
  ['js', 'astro.config.mjs'],
  ['ts', 'src/pages/login.ts'],
] as const)('astro has the %s block that names %s', ([language, file]) => {
  const text = readFileSync(`examples/astro/${file}`, 'utf8')
  expect(readme('docs/astro.md')).toContain(`\`\`\`${language}\n// ${file}\n${text}\`\`\``)
})

it('need what examples/package.json installs', () => {
  const { dependencies } = JSON.parse(readFileSync('examples/package.json', 'utf8')) as { dependencies: Record<string, string> }
  const imported = ['start.js', ...names].flatMap((file) =>
    [...readFileSync(`examples/${file}`, 'utf8').matchAll(/ from '((?:@[^/']+\/)?[^/']+)/g)].map(([, name]) => name as string),
  )
  const used = new Set(imported.filter((name) => !name.startsWith('node:')))
  expect(Object.keys(dependencies).filter((name) => !['@aws-sdk/client-dynamodb'].includes(name))).toEqual([...used].toSorted())
})
