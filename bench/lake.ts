import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { auditLake, openFolderObjectStore, openLakeWriter } from '../connectors/index.ts'
import {
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
  rawObjectKey,
  sha256Hex,
} from '../schemas/index.ts'
import { type InputRecord, systemClock } from '../streams/index.ts'

/**
 * Rows of the lake and raw objects a second, as a recording of a quarter makes them: `node bench/lake.ts [documents]`.
 * Prints seconds of the wall, of this thread and of the whole process, files, and the most memory.
 */
const DOCUMENTS = Number(process.argv[2] ?? 12_439)
const DAYS = 92
const PARTITIONS = 6
const BATCH = 100
const BATCHES_A_COMMIT = 5
const FROM_MS = Date.parse('2015-07-01T00:00:00Z')
const DAY_MS = 86_400_000
const TOPICS: Readonly<Record<string, readonly [schema: string, eachDocument: number]>> = {
  'documents.parsed': ['ParsedDocument', 1],
  'market.bars': ['Bar', 1.33],
  extractions: ['Extraction', 1.3],
  signals: ['Signal', 1.3],
  recommendations: ['Recommendation', 1.3],
}

/** A value of the type that differs with `i` as real ones do: ids always, enums and symbols a little. */
function sampleOf(type: AvroType, i: number, name: string, named: ReadonlyMap<string, AvroType>): unknown {
  if (isUnion(type)) return i % 3 === 0 ? null : sampleOf(nonNull(type).type, i, name, named)
  if (isLogical(type)) return type.logicalType === 'decimal' ? `${i % 500}.25` : FROM_MS + i * 1000
  if (isArray(type)) return [0, 1].map((k) => sampleOf(type.items, i + k, name, named))
  if (isMap(type)) return { metric: sampleOf(type.values, i, name, named) }
  if (isEnum(type)) return type.symbols[i % type.symbols.length]
  if (isRecord(type)) return Object.fromEntries(type.fields.map((f) => [f.name, sampleOf(f.type, i, f.name, named)]))
  const target = named.get(type as string)
  if (target) return sampleOf(target, i, name, named)
  if (type === 'string') return textOf(name, i)
  if (type === 'boolean') return i % 2 === 0
  if (type === 'double' || type === 'float') return (i % 997) / 997
  return type === 'bytes' ? Buffer.alloc(8, i) : i % 1000
}

function textOf(name: string, i: number): string {
  if (name === 'text' || name === 'quote')
    return `$AAPL beats estimates number ${i}, shares rise in late trading `.repeat(2)
  if (name === 'symbol') return `S${i % 88}`
  return /_id$|sha256|trigger/.test(name) ? sha256Hex(`${name}${i}`) : `${name} ${i % 20}`
}

function recordsOf(topic: string, schemaName: string, count: number): InputRecord[] {
  const schema = loadAvroSchemas().get(schemaName)
  if (!schema) throw new Error(`no schema ${schemaName}`)
  const named = namedTypesOf(schema)
  const next = Array.from({ length: PARTITIONS }, () => 0n)
  return Array.from({ length: count }, (_, i) => {
    const partition = (i * 7) % PARTITIONS
    const offset = next[partition] ?? 0n
    next[partition] = offset + 1n
    const timestampMs = FROM_MS + Math.floor((i / count) * DAYS * DAY_MS)
    return {
      topic,
      partition,
      offset,
      timestampMs,
      key: `S${i % 88}`,
      value: sampleOf(schema, i, '', named),
      headers: {},
    }
  })
}

async function measured(what: string, count: number, work: () => Promise<void>): Promise<void> {
  const [thread, all, from] = [process.threadCpuUsage(), process.cpuUsage(), performance.now()]
  await work()
  const seconds = (performance.now() - from) / 1000
  const [t, a] = [process.threadCpuUsage(thread), process.cpuUsage(all)]
  console.log(
    `${what.padEnd(8)} ${String(count).padStart(6)} in ${seconds.toFixed(2)} s, ${Math.round(count / seconds)}/s, ` +
      `this thread ${((t.user + t.system) / 1e6).toFixed(2)} s CPU (${((t.user + t.system) / count).toFixed(1)} µs each), ` +
      `process ${((a.user + a.system) / 1e6).toFixed(2)} s CPU`,
  )
}

const folder = mkdtempSync(join(tmpdir(), 'bench-lake-'))
/** How many files there are and how many MB they take. */
function filesIn(name: string): string {
  const entries = readdirSync(join(folder, name), { recursive: true, withFileTypes: true }).filter((e) => e.isFile())
  const bytes = entries.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
  return `${entries.length}, ${(bytes / 1e6).toFixed(1)} MB`
}
try {
  const topics = Object.entries(TOPICS).map(([topic, [schema, each]]) =>
    recordsOf(topic, schema, Math.round(DOCUMENTS * each)),
  )
  const rows = topics.reduce((sum, records) => sum + records.length, 0)
  const heldMb = process.memoryUsage().rss / 2 ** 20
  await measured('rows', rows, async () => {
    const store = openFolderObjectStore(join(folder, 'lake'))
    const lake = openLakeWriter({ store, clock: systemClock, journalFile: join(folder, 'journal') })
    await lake.open()
    const batches = Math.max(...topics.map((records) => records.length)) / BATCH
    for (let batch = 0; batch < batches; batch++) {
      for (const records of topics) {
        const share = records.length / batches
        lake.write(records.slice(Math.round(batch * share), Math.round((batch + 1) * share)))
      }
      if (batch % BATCHES_A_COMMIT === 0) await lake.flush()
    }
    await lake.close()
  })
  console.log(
    `files    ${filesIn('lake')}, memory at most ${Math.round(process.resourceUsage().maxRSS / 1024 - heldMb)} MB above the rows themselves`,
  )
  const audits = await auditLake(join(folder, 'lake'))
  const found = audits.reduce((sum, audit) => sum + Number(audit.rows), 0)
  console.log(
    `audit    ${found} rows, ${audits.every((a) => a.exact) && found === rows ? 'each once' : 'NOT each once'}`,
  )
  const bodies = Array.from({ length: DOCUMENTS }, (_, i) => Buffer.from(textOf('text', i)))
  const keys = bodies.map((body, i) => rawObjectKey('wire', FROM_MS + (i / DOCUMENTS) * DAYS * DAY_MS, sha256Hex(body)))
  await measured('objects', DOCUMENTS, async () => {
    const store = openFolderObjectStore(join(folder, 'objects'))
    for (const [i, body] of bodies.entries())
      await store.put(keys[i] ?? '', body, {
        source: 'wire',
        fetched_at: '2015-07-01T00:00:00Z',
        content_type: 'text/plain',
      })
  })
  console.log(`files    ${filesIn('objects')}`)
} finally {
  rmSync(folder, { recursive: true })
}
