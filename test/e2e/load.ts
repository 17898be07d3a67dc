// Whether the entries of an installed package work, for whoever imports and for whoever requires them.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import manifest from '../../package.json' with { type: 'json' }
import { run } from './npm.ts'

/** Imports and requires every entry in a plain Node process of its own each, so that neither finds what the other has loaded. */
export async function load(project: string, entries: string[]): Promise<{ entry: string; import: string; require: string }[]> {
  const names = JSON.stringify(entries.map((entry) => `${manifest.name}${entry.slice(1)}`))
  const report = `
    const names = ${names}
    const answers = []
    const check = (module) => Object.keys(module).length > 0 ? 'works' : 'exports nothing'
    const collect = async (get) => {
      for (const name of names) answers.push(await Promise.resolve(name).then(get).then(check, (error) => String(error.stack)))
      console.log(JSON.stringify(answers))
    }`
  await writeFile(join(project, 'load.mjs'), `${report}\nawait collect((name) => import(name))`)
  await writeFile(join(project, 'load.cjs'), `${report}\ncollect((name) => require(name))`)
  const [imported, required] = await Promise.all(
    ['load.mjs', 'load.cjs'].map(async (file) => JSON.parse(await run(project, process.env, process.execPath, file)) as string[]),
  )
  return entries.map((entry, index) => ({ entry, import: imported?.[index] ?? 'no answer', require: required?.[index] ?? 'no answer' }))
}
