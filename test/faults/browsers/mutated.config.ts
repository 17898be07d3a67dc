// The browsers' short run on sources from which the condition is taken out that `MUTATION` names.
import { join } from 'node:path'
import type { ViteUserConfig } from 'vitest/config'
import base from '../../../vitest.config.ts'
import { MUTATIONS } from '../../model/mutations.ts'

const root = join(import.meta.dirname, '../../..')
const mutation = MUTATIONS.find(({ name }) => name === process.env.MUTATION)
if (!mutation) throw new Error(`MUTATION names none: ${process.env.MUTATION}`)
const { file, text, replacement } = mutation

const config: ViteUserConfig = {
  ...base,
  root,
  plugins: [
    {
      name: 'mutation',
      enforce: 'pre',
      transform: (code, id) => (id === join(root, file) ? code.replace(text, () => replacement) : undefined),
    },
  ],
  test: { ...base.test, include: ['test/faults/browsers.test.ts'] },
}

export default config
