import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import {
  type AvroRecord,
  jsonCodec,
  loadAvroSchemas,
  openAvroSerde,
  openConfluentRegistry,
} from '../../schemas/index.ts'
import { type ClusterOperations, openClusterOperations, partitionOf } from '../../streams/index.ts'
import { openWireDriver } from '../../streams/log/wire/driver.ts'
import { describeWith } from '../../test/services/require-service.ts'
import { fillValue } from '../runtime/suites/fill-value.ts'
import { PROJECT_FOLDER } from '../settings.ts'
import { startStonks, stonks } from '../testing/stonks.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

const folder = mkdtempSync(join(tmpdir(), 'replay-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const DOCUMENTS = 1_200
const FIRST_MS = Date.now() - 7_200_000
const STEP_MS = 5_000
const at = (i: number): string => new Date(FIRST_MS + i * STEP_MS).toISOString()

describeWith(['kafka', 'registry', 'postgres'], 'replay and diff', ({ kafka, registry, postgres }) => {
  const name = `r${randomUUID().slice(0, 8)}`
  const file = join(folder, `${name}.yaml`)
  const env = {
    KAFKA_BROKERS: kafka.brokers.join(','),
    SCHEMA_REGISTRY_URL: registry.url,
    DATABASE_URL: postgres.url,
    STONKS_DATA: join(folder, 'data'),
  }
  const run = (...args: string[]) => stonks(['-t', file, ...args], env)
  const driver = openWireDriver({ brokers: kafka.brokers, clientId: 'replay-test' })
  let operations: ClusterOperations

  const write = async (topic: string, records: readonly { key: string; value: Uint8Array; timestampMs: number }[]) => {
    const producer = await driver.producer({ guarantee: 'at_least_once', transactionalId: randomUUID() })
    const outputs = records.map(({ key, value, timestampMs }) => {
      const bytes = Buffer.from(key)
      return { topic, partition: partitionOf(bytes, 3), timestampMs, key: bytes, value, headers: {} }
    })
    await producer.commit({ outputs, consumer: undefined, groupId: '', offsets: new Map() })
    await producer.close()
  }

  beforeAll(async () => {
    writeFileSync(
      file,
      `version: 1
name: ${name}
schemas: { directory: ${join(PROJECT_FOLDER, 'schemas/avro')} }
topics:
  documents.raw: { value: RawDocument, partitions: 3 }
  registry.companies: { value: Company, partitions: 1, cleanup: compact }
  documents.parsed: { value: ParsedDocument, partitions: 3 }
processors:
  parse: { from: documents.raw, tables: { companies: registry.companies }, to: documents.parsed }
`,
    )
    operations = await openClusterOperations({ brokers: kafka.brokers, clientId: 'replay-test' })
    const applied = await run('apply')
    expect(applied.stderr).not.toContain('stonks:')
    const schema = loadAvroSchemas().get('RawDocument') as AvroRecord
    const topic = `${name}.documents.raw`
    const serde = await openAvroSerde(`${topic}-value`, schema, openConfluentRegistry(registry.url, 'FULL_TRANSITIVE'))
    const records = Array.from({ length: DOCUMENTS }, (_, i) => {
      const timestampMs = FIRST_MS + i * STEP_MS
      const json = {
        document_id: `d${i}`,
        title: `Story ${i}`,
        body: `Nvidia raised its guidance for the ${i}th time.`,
      }
      const value = serde.serialize(jsonCodec(schema).fromJson(fillValue(schema, json, timestampMs)))
      return { key: `d${i}`, value, timestampMs }
    })
    await write(topic, records)
    const ran = await run('run', 'parse', '--until-idle')
    expect(ran.exitCode, ran.stderr).toBe(0)
  })
  afterAll(() => operations?.close())

  test('a time range goes through again beside what runs, after a preview, and gives the same', async () => {
    const range = ['--from', at(200), '--to', at(500)]
    const preview = await run('replay', 'parse', ...range)
    expect(preview).toMatchObject({ exitCode: 5 })
    expect(preview.stdout).toContain(`${name}.documents.raw     ≤300  about`)
    expect(preview.stderr).toContain('--confirm parse')
    expect(
      (await operations.topics()).filter(({ topic }) => topic.startsWith(name) && topic.includes('shadow')),
    ).toEqual([])

    const replayed = await run('replay', 'parse', ...range, '--confirm', 'parse')
    expect(replayed.exitCode, replayed.stderr).toBe(0)
    expect(replayed.stdout).toBe('Replayed 300 records through parse: 300 out, 0 dead letters.\n')
    const same = await run('diff', 'parse')
    expect(same.stdout + same.stderr).toContain('by key, document_id: 300 same, 0 changed, 0 missing, 0 extra.')
    expect(same.exitCode).toBe(0)
    // The processor itself was not touched: it stands at the end, as before.
    const offsets = await operations.offsets(`${name}.parse`)
    const read = offsets.reduce((sum, { committed }) => sum + committed.offset, 0n)
    expect(read).toBeGreaterThanOrEqual(BigInt(DOCUMENTS))

    const again = await run('replay', 'parse', '--confirm', 'parse')
    expect(again.stdout).toContain('Replayed 0 records')
    const other = await run('replay', 'parse', '--from', at(0), '--confirm', 'parse')
    expect(other).toMatchObject({ exitCode: 5 })
    expect(other.stderr).toContain('--discard')
  })

  test('what differs is told by record and field, with exit code 1', async () => {
    const codec = loadAvroSchemas().get('ParsedDocument') as AvroRecord
    const topic = `${name}.documents.parsed.shadow`
    const serde = await openAvroSerde(`${topic}-value`, codec, openConfluentRegistry(registry.url, 'FULL_TRANSITIVE'))
    const timestampMs = FIRST_MS + 300 * STEP_MS
    const json = { document_id: 'nobody', title: 'Not there' }
    const value = serde.serialize(jsonCodec(codec).fromJson(fillValue(codec, json, timestampMs)))
    await write(topic, [{ key: 'nobody', value, timestampMs }])
    const diff = await run('diff', 'parse', '--from', at(250), '--to', at(450), '--json')
    expect(diff.exitCode).toBe(1)
    const { data } = JSON.parse(diff.stdout) as { data: readonly Record<string, unknown>[] }
    expect(data).toMatchObject([
      { same: 200, changed: 0, missing: 0, extra: 1, differences: [{ kind: 'extra', identity: 'nobody "nobody"' }] },
    ])
  })

  test('it is taken away whole, and killed in the middle of another it goes on where it was, with nothing twice', async () => {
    const kept = await run('replay', 'parse', '--discard')
    expect(kept).toMatchObject({ exitCode: 5 })
    expect(await run('replay', 'parse', '--discard', '--confirm', 'parse')).toMatchObject({ exitCode: 0 })
    const left = (await operations.topics()).filter(({ topic }) => topic.startsWith(name) && topic.includes('shadow'))
    expect(left).toEqual([])

    const killed = startStonks(['-t', file, 'replay', 'parse', '--from', at(0), '--confirm', 'parse'], env)
    const group = `${name}.parse.shadow`
    const readOf = async (): Promise<bigint> =>
      (await operations.offsets(group).catch(() => [])).reduce((sum, { committed }) => sum + committed.offset, 0n)
    await expect.poll(readOf, { timeout: 60_000, interval: 5 }).toBeGreaterThan(0n)
    await killed.kill()
    const then = await readOf()
    const went = await run('replay', 'parse', '--confirm', 'parse')
    expect(went.exitCode, went.stderr).toBe(0)
    expect(went.stderr).toContain('going on')
    expect(then).toBeGreaterThan(0n)
    const diff = await run('diff', 'parse')
    expect(diff.stdout).toContain(`${DOCUMENTS.toLocaleString('en-US')} same, 0 changed, 0 missing, 0 extra.`)
    expect(diff.exitCode).toBe(0)
  })

  test('a processor that changes something outside is not replayed', async () => {
    const refused = await stonks(['replay', 'trade', '--from', '-1h', '--dry-run'], env)
    expect(refused).toMatchObject({ exitCode: 5 })
    expect(refused.stderr).toContain('risk engine')
  })
})
