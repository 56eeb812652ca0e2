// Writes schema.json and part.schema.json, the editor's schemas, from the grammar, and docs/diagnostics/ from the table of codes. With --check it
// writes nothing and exits 1 where something would change.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { diagnosticFiles } from './diagnostic-pages.ts'
import { partJsonSchema, topologyJsonSchema } from './json-schema.ts'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const files = new Map([
  [at('./schema.json'), `${JSON.stringify(topologyJsonSchema(), null, 2)}\n`],
  [at('./part.schema.json'), `${JSON.stringify(partJsonSchema(), null, 2)}\n`],
  ...[...diagnosticFiles()].map(([name, text]): [string, string] => [at(`../docs/diagnostics/${name}`), text]),
])

const contentOf = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

for (const [file, text] of files) {
  if (contentOf(file) === text) continue
  if (process.argv.includes('--check')) {
    console.error(`${file} is not what the grammar and the table of codes say; run \`npm run generate\``)
    process.exitCode = 1
  } else {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}
