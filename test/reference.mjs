// Writes docs/errors.md and docs/api.md from the declarations and docstrings of src/: `npm run docs`. `--check`, in `npm test`, compares.
import { readFileSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('..', import.meta.url))
const HINT = '<!-- Written by `npm run docs` from the docstrings of src/. -->'

/** Returns the text of each page by its name. */
function pages() {
  const { exports } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
  const entries = Object.entries(exports)
    .filter(([, target]) => target.types)
    .map(([name, { types }]) => ({
      name: `dynamodb-sessions${name.slice(1)}`,
      file: `${root}src/${types.match(/dist\/(.+)\.d\.mts/)[1]}.ts`,
    }))
  const config = ts.parseJsonConfigFileContent(ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile).config, ts.sys, root)
  const program = ts.createProgram(
    entries.map(({ file }) => file),
    { ...config.options, types: ['node'] },
  )
  // Which also gives each node its parent.
  program.getTypeChecker()
  return { 'errors.md': errorsPage(program), 'api.md': apiPage(program, entries) }
}

/** @param {ts.Program} program */
function errorsPage(program) {
  const classes = []
  for (const file of program.getSourceFiles().filter(({ fileName }) => isOurs(fileName))) {
    file.forEachChild((node) => {
      if (ts.isClassDeclaration(node) && /^extends \w+Error$/.test(node.heritageClauses?.[0]?.getText() ?? '')) classes.push(node)
    })
  }
  const text = classes
    .map((node) => ({ name: node.name.text, codes: codesOf(node), what: docOf(node), message: messageOf(node), fields: fieldsOf(node) }))
    .filter(({ codes }) => codes.length > 0)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, codes, what, message, fields }) =>
      [
        `## ${name}`,
        codes.map((code) => `\`${code}\``).join(', '),
        what,
        ...(message ? [`> ${message}`] : []),
        ...(fields ? [`It has ${fields}.`] : []),
      ].join('\n\n'),
    )
  return `# Errors

${HINT}

Every error that this package throws is a \`DynamoSessionError\` with a stable \`code\` for programs, a message that says what to do, and the \`cause\`. No message holds an
id, a secret or data of a session. Below each class: its codes, what happened, and the message, in which … stands for what is known then.
[The command](command-line.md) has codes more, \`USAGE\`, \`NOT_CONFIRMED\`, \`AMBIGUOUS_KEY\` and \`NOT_FOUND\`, h3's \`requireDynamoSession\` has \`SESSION_REQUIRED\` and \`requireFresh\` \`FRESH_LOG_IN_REQUIRED\` (responses of 401).

\`\`\`ts
import { DynamoSessionError } from 'dynamodb-sessions'

export function isBusy(error: unknown): boolean {
  return error instanceof DynamoSessionError && (error.code === 'THROTTLED' || error.code === 'UNREACHABLE')
}
\`\`\`

${text.join('\n\n')}
`
}

/** The codes that a class gives to `super`, as texts or as the type of its own first parameter. */
function codesOf(node) {
  const { maker, given } = superOf(node)
  if (!given) return []
  const [code] = given
  if (code && ts.isStringLiteralLike(code)) return [code.text]
  const names = [...(maker.parameters[0]?.type?.getText() ?? '').matchAll(/'([A-Z_]+)'/g)].map(([, name]) => name)
  return [...new Set(names)]
}

/** The constructor of a class, and what it gives to `super`. */
function superOf(node) {
  const maker = node.members.find(ts.isConstructorDeclaration)
  const look = (child) =>
    ts.isCallExpression(child) && child.expression.kind === ts.SyntaxKind.SuperKeyword ? child.arguments : child.forEachChild(look)
  return { maker, given: maker && look(maker) }
}

/** The message as the constructor makes it; what it is made of stands as `…`. */
function messageOf(node) {
  const message = textOf(superOf(node).given?.[1])
  return message.replaceAll(/…(?:…| … )*/g, '…').trim()
}

function textOf(node) {
  if (!node) return ''
  if (ts.isStringLiteralLike(node)) return node.text
  if (ts.isTemplateExpression(node)) return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('')
  if (ts.isBinaryExpression(node)) return textOf(node.left) + textOf(node.right)
  if (ts.isParenthesizedExpression(node)) return textOf(node.expression)
  // Of several texts the last is the ordinary one.
  if (ts.isConditionalExpression(node)) return textOf(node.whenFalse)
  return '…'
}

function fieldsOf(node) {
  const names = node.members.filter(ts.isPropertyDeclaration).map((member) => member.name.getText())
  const own = names.filter((name) => name !== 'name' && name !== 'code').map((name) => `\`${name}\``)
  return own.length > 1 ? `${own.slice(0, -1).join(', ')} and ${own.at(-1)}` : own[0]
}

/** @param {ts.Program} program */
function apiPage(program, entries) {
  const checker = program.getTypeChecker()
  const known = new Set()
  const sections = entries.map(({ name, file }) => {
    const source = program.getSourceFile(file)
    const symbols = checker.getExportsOfModule(checker.getSymbolAtLocation(source)).toSorted((a, b) => (a.name < b.name ? -1 : 1))
    const elsewhere = []
    const texts = []
    for (const symbol of symbols) {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
      const declarations = (target.declarations ?? []).filter((node) => isOurs(node.getSourceFile().fileName))
      if (declarations.length === 0) continue
      if (known.has(target)) elsewhere.push(`\`${symbol.name}\``)
      else texts.push(`### ${symbol.name === 'default' ? 'default export' : symbol.name}\n\n${declarations.map(shown).join('\n\n')}`)
      known.add(target)
    }
    if (elsewhere.length > 0) texts.push(`Also here, from an entry above: ${elsewhere.join(', ')}.`)
    return `## ${name}\n\n${texts.join('\n\n')}`
  })
  return `# API\n\n${HINT}\n\nEvery export of every entry, with its docstring. Errors are in [errors.md](errors.md).\n\n${sections.join('\n\n')}\n`
}

/** A declaration as code, without bodies, below its docstring. */
function shown(node) {
  const statement = ts.isVariableDeclaration(node) ? node.parent.parent : node
  const doc = docOf(statement)
  if (ts.isClassDeclaration(node) && codesOf(node).length > 0) return `${doc}\n\n[errors.md](errors.md#${node.name.text.toLowerCase()})`
  let code = statement.getText()
  if (ts.isFunctionDeclaration(node) && node.body) code = code.slice(0, node.body.getStart() - node.getStart()).trim()
  if (ts.isVariableDeclaration(node)) code = `const ${node.name.getText()}${node.type ? `: ${node.type.getText()}` : ''}`
  if (ts.isClassDeclaration(node)) code = classText(node)
  return `${doc}${doc ? '\n\n' : ''}\`\`\`ts\n${code.replace(/^export (?:default )?(?:async )?/, '')}\n\`\`\``
}

function classText(node) {
  const isShown = (member) =>
    !member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword) && !member.name?.getText().startsWith('#')
  const members = node.members.filter(isShown).map((member) => {
    const end = member.body ?? member.initializer
    const text = member.getText()
    return `  ${(end ? text.slice(0, end.getStart() - member.getStart()) : text).replace(/[\s=]+$/, '')}`
  })
  return `${node
    .getText()
    .slice(0, node.members.pos - node.getStart())
    .trim()}\n${members.join('\n')}\n}`
}

function docOf(node) {
  return ts
    .getJSDocCommentsAndTags(node)
    .filter(ts.isJSDoc)
    .map((doc) => {
      const tags = (doc.tags ?? []).map((tag) => `- ${tagText(tag)}`)
      return [ts.getTextOfJSDocComment(doc.comment) ?? '', ...(tags.length > 0 ? [tags.join('\n')] : [])].filter(Boolean).join('\n\n')
    })
    .join('\n\n')
    .trim()
}

function tagText(tag) {
  const text = ts.getTextOfJSDocComment(tag.comment) ?? ''
  return ts.isJSDocParameterTag(tag) ? `\`${tag.name.getText()}\`: ${text}` : `${tag.tagName.text} ${text}`
}

function isOurs(fileName) {
  return relative(root, fileName).startsWith('src')
}

for (const [name, text] of Object.entries(pages())) {
  const file = new URL(`../docs/${name}`, import.meta.url)
  if (!process.argv.includes('--check')) writeFileSync(file, text)
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`docs/${name} is not what the docstrings of src/ say now: \`npm run docs\` writes it`)
    process.exitCode = 1
  }
}
