// Writes types.generated.ts from avro/*.avsc. With --check it writes nothing and exits 1 when the file would change.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  type AvroEnum,
  type AvroRecord,
  type AvroType,
  isArray,
  isEnum,
  isLogical,
  isMap,
  isRecord,
  isUnion,
  loadAvroSchemas,
  namedTypesOf,
  nonNull,
} from './avro-schema.ts'

const PRIMITIVES: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  float: 'number',
  double: 'number',
  bytes: 'Uint8Array',
  string: 'string',
}

function typeText(type: AvroType): string {
  if (isUnion(type)) return `${typeText(nonNull(type).type)} | null`
  if (isLogical(type)) return type.logicalType === 'decimal' ? 'Decimal' : 'EpochMs'
  if (isArray(type)) return `readonly ${element(type.items)}[]`
  if (isMap(type)) return `Readonly<Record<string, ${typeText(type.values)}>>`
  if (isRecord(type) || isEnum(type)) return type.name
  return PRIMITIVES[type as string] ?? (type as string)
}
const element = (type: AvroType): string => (isUnion(type) ? `(${typeText(type)})` : typeText(type))

function declaration(type: AvroRecord | AvroEnum): string {
  if (isEnum(type))
    return `/** ${type.doc ?? type.name} */\nexport type ${type.name} = ${type.symbols.map((s) => `'${s}'`).join(' | ')}\n`
  const fields = type.fields.map((f) => `  /** ${f.doc} */\n  readonly ${f.name}: ${typeText(f.type)}`)
  return `/** ${type.doc} */\nexport interface ${type.name} {\n${fields.join('\n')}\n}\n`
}

function generate(): string {
  const schemas = loadAvroSchemas()
  const declared = new Map<string, string>()
  for (const record of schemas.values()) {
    for (const [name, type] of namedTypesOf(record)) {
      if (declared.has(name)) throw new Error(`two schemas define ${name}; rename one`)
      declared.set(name, declaration(type))
    }
  }
  const names = [...schemas.keys()]
  return [
    '// Written by `npm run generate` from avro/*.avsc. Do not edit.',
    "import type { Decimal } from './decimal.ts'\n",
    '/** An instant: milliseconds since 1970-01-01T00:00:00Z. ISO 8601 in JSON. */\nexport type EpochMs = number\n',
    ...declared.values(),
    `/** Value types of the topics, by schema name. */\nexport interface SchemaTypes {\n${names.map((n) => `  readonly ${n}: ${n}`).join('\n')}\n}`,
    `export type SchemaName = keyof SchemaTypes\n`,
  ].join('\n')
}

const target = fileURLToPath(new URL('./types.generated.ts', import.meta.url))
const text = generate()
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error('schemas/types.generated.ts is not what schemas/avro/ says; run `npm run generate`')
    process.exitCode = 1
  }
} else {
  writeFileSync(target, text)
}
