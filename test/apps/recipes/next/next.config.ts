import { join } from 'node:path'
import type { NextConfig } from 'next'

// What is installed is one folder up.
const config: NextConfig = { turbopack: { root: join(import.meta.dirname, '..') } }

export default config
