// What the source says of itself: its imports, its lengths, and whether it awaits while it loads.
import { readdirSync, readFileSync } from 'node:fs'
import { join, normalize } from 'node:path/posix'
import ts from 'typescript'

export interface Module {
  /** Bare names, and paths from the root, of imports of every kind, types included. */
  readonly imports: readonly string[]
  readonly lines: number
  readonly functions: readonly { readonly name: string; readonly lines: number }[]
  readonly awaitsAtTopLevel: boolean
}

/** By path from the root. */
export type Modules = ReadonlyMap<string, Module>

/** Every TypeScript file of a folder. */
export function modulesOf(folder: string): Modules {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file.replaceAll('\\', '/')))
    .filter((file) => /\.m?ts$/.test(file) && !file.includes('node_modules/'))
  return parseAll(Object.fromEntries(files.toSorted().map((file) => [file, readFileSync(file, 'utf8')])))
}

/** Texts by path. */
export function parseAll(texts: Readonly<Record<string, string>>): Modules {
  return new Map(Object.entries(texts).map(([file, text]) => [file, parse(file, text)]))
}

export function importersOf(modules: Modules, matches: (name: string) => boolean): string[] {
  return [...modules].filter(([, { imports }]) => imports.some(matches)).map(([file]) => file)
}

/** What is loaded with a file, itself included. */
export function reachedFrom(entry: string, modules: Modules): Modules {
  const reached = new Map<string, Module>()
  const next = [entry]
  for (const file of next) {
    const module = modules.get(file)
    if (!module || reached.has(file)) continue
    reached.set(file, module)
    next.push(...module.imports)
  }
  return reached
}

function parse(file: string, text: string): Module {
  const { importedFiles } = ts.preProcessFile(text, true, true)
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  return {
    imports: importedFiles.map(({ fileName }) => (fileName.startsWith('.') ? normalize(join(file, '..', fileName)) : fileName)),
    lines: text.trimEnd().split('\n').length,
    functions: functionsOf(source),
    awaitsAtTopLevel: awaits(source),
  }
}

function functionsOf(source: ts.SourceFile): Module['functions'] {
  const found: Module['functions'][number][] = []
  visit(source)
  return found

  function visit(node: ts.Node): void {
    if (ts.isFunctionLike(node) && 'body' in node && node.body) {
      const [first, last] = [node.getStart(source), node.getEnd()].map((at) => source.getLineAndCharacterOfPosition(at).line)
      found.push({ name: nameOf(node), lines: (last as number) - (first as number) + 1 })
    }
    ts.forEachChild(node, visit)
  }

  function nameOf({ name, parent }: ts.SignatureDeclaration): string {
    if (name) return name.getText(source)
    return 'name' in parent ? (parent.name as ts.Node).getText(source) : 'a function without a name'
  }
}

function awaits(node: ts.Node): boolean {
  if (ts.isFunctionLike(node)) return false
  if (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier)) return true
  if (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.AwaitUsing) === ts.NodeFlags.AwaitUsing) return true
  return ts.forEachChild(node, awaits) ?? false
}
