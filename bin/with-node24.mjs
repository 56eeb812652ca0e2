#!/usr/bin/env node
// with-node24.mjs <script.ts> [arguments]: any script of the project on Node 24.
import { run24 } from './node24.mjs'

const [script = 'cli/main.ts', ...args] = process.argv.slice(2)
run24(script, args)
