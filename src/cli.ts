#!/usr/bin/env node
import { main } from './cli/main.ts'

void main(process.argv.slice(2), new URL('../package.json', import.meta.url))
