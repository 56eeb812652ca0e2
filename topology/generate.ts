// Writes schema.json, the editor's schema, from the grammar. With --check it writes nothing and exits 1 when it would change.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { topologyJsonSchema } from './grammar.ts'

const target = fileURLToPath(new URL('./schema.json', import.meta.url))
const text = `${JSON.stringify(topologyJsonSchema(), null, 2)}\n`
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error('topology/schema.json is not what the grammar says; run `npm run generate`')
    process.exitCode = 1
  }
} else {
  writeFileSync(target, text)
}
