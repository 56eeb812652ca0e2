#!/usr/bin/env node
// npm run generate: everything that is written from something else. Commit what it changes.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { env24, installPackages, node24, root } from './node24.mjs'

const node = node24()
installPackages(node)
for (const script of ['schemas/generate.ts', 'topology/generate.ts']) {
  const { status } = spawnSync(node, [join(root, script)], { stdio: 'inherit', env: env24(node) })
  if (status !== 0) process.exit(status ?? 70)
}
