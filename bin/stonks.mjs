#!/usr/bin/env node
import { run24 } from './node24.mjs'

run24('cli/main.ts', process.argv.slice(2))
