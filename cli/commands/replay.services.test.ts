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
  /** Knows other companies. */
  const candidate = join(folder, `${name}-candidate.yaml`)
  const env = {
    KAFKA_BROKERS: kafka.brokers.join(','),
    SCHEMA_REGISTRY_URL: registry.url,
    DATABASE_URL: postgres.url,
    STONKS_DATA: join(folder, 'data'),
  }
  const run = (...args: string[]) => stonks(['-t', file, ...args], env)
  /** A member that was killed counts as running until its session has ended. */
  const discard = () =>
    expect
      .poll(async () => (await run('replay', 'parse', '--discard', '--confirm', 'parse')).stderr, {
        timeout: 60_000,
        interval: 1_000,
      })
      .toBe('')
  const leftTopics = async () =>
    (await operations.topics()).filter(({ topic }) => topic.startsWith(name) && topic.includes('shadow'))
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

  const serdeOf = async (topic: string, schema: AvroRecord) => {
    const serde = await openAvroSerde(`${topic}-value`, schema, openConfluentRegistry(registry.url, 'FULL_TRANSITIVE'))
    return (json: unknown, atMs: number) => serde.serialize(jsonCodec(schema).fromJson(fillValue(schema, json, atMs)))
  }
  const feed = async (from: number, to: number): Promise<void> => {
    const topic = `${name}.documents.raw`
    const bytesOf = await serdeOf(topic, loadAvroSchemas().get('RawDocument') as AvroRecord)
    const records = Array.from({ length: to - from }, (_, n) => {
      const [i, timestampMs] = [from + n, FIRST_MS + (from + n) * STEP_MS]
      const body = `Nvidia raised its guidance for the ${i}th time.`
      return {
        key: `d${i}`,
        value: bytesOf({ document_id: `d${i}`, title: `Story ${i}`, body }, timestampMs),
        timestampMs,
      }
    })
    await write(topic, records)
  }

  beforeAll(async () => {
    const text = `version: 1
name: ${name}
schemas: { directory: ${join(PROJECT_FOLDER, 'schemas/avro')} }
topics:
  documents.raw: { value: RawDocument, partitions: 3 }
  registry.companies: { value: Company, partitions: 1, cleanup: compact }
  registry.candidates: { value: Company, partitions: 1, cleanup: compact }
  documents.parsed: { value: ParsedDocument, partitions: 3 }
processors:
  parse: { from: documents.raw, tables: { companies: registry.companies }, to: documents.parsed }
`
    writeFileSync(file, text)
    writeFileSync(candidate, text.replace('companies: registry.companies', 'companies: registry.candidates'))
    operations = await openClusterOperations({ brokers: kafka.brokers, clientId: 'replay-test' })
    const applied = await run('apply')
    expect(applied.stderr).not.toContain('stonks:')
    await feed(0, DOCUMENTS)
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
    expect(await leftTopics()).toEqual([])

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
    const topic = `${name}.documents.parsed.shadow`
    const bytesOf = await serdeOf(topic, loadAvroSchemas().get('ParsedDocument') as AvroRecord)
    const timestampMs = FIRST_MS + 300 * STEP_MS
    const value = bytesOf({ document_id: 'nobody', title: 'Not there' }, timestampMs)
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
    await discard()
    await expect.poll(leftTopics, { timeout: 30_000 }).toEqual([])

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

  test('a candidate runs beside its processor, writes beside it alone, and what differs is counted and can be looked at', async () => {
    await discard()
    const companies = `${name}.registry.candidates`
    const company = await serdeOf(companies, loadAvroSchemas().get('Company') as AvroRecord)
    const nvidia = { company_id: 'nvidia', name: 'Nvidia', symbols: [{ symbol: 'NVDA' }] }
    const producer = await driver.producer({ guarantee: 'at_least_once', transactionalId: randomUUID() })
    const record = { topic: companies, partition: 0, timestampMs: 1, key: Buffer.from('nvidia'), headers: {} }
    const outputs = [{ ...record, value: company(nvidia, FIRST_MS) }]
    await producer.commit({ outputs, consumer: undefined, groupId: '', offsets: new Map() })
    await producer.close()

    const live = startStonks(['-t', file, 'run', 'parse'], env)
    await live.said(/running parse/)
    const groupEnd = async (group: string): Promise<bigint> =>
      (await operations.offsets(group)).reduce((sum, { committed }) => sum + committed.offset, 0n)
    const shadowed = async (topology: string, from: number, to: number) => {
      const shadow = startStonks(['-t', topology, 'shadow', 'parse', '--json', '--grace', '10s'], env)
      await shadow.said(/running parse\.shadow/)
      await feed(from, to)
      const [all, both] = [BigInt(to), [`${name}.parse`, `${name}.parse.shadow`]]
      await expect.poll(() => Promise.all(both.map(groupEnd)), { timeout: 60_000 }).toEqual([all, all])
      const ended = await shadow.stop()
      return { ...ended, data: (JSON.parse(ended.stdout) as { data: readonly Record<string, unknown>[] }).data }
    }
    const same = await shadowed(file, DOCUMENTS, DOCUMENTS + 40)
    expect(same.data).toMatchObject([{ same: 40, changed: 0, missing: 0, extra: 0 }])
    expect(same.exitCode).toBe(0)
    const other = await shadowed(candidate, DOCUMENTS + 40, DOCUMENTS + 70)
    expect(other.stderr).toContain('from where it was stopped')
    expect(other.data).toMatchObject([{ same: 0, changed: 30, missing: 0, extra: 0 }])
    expect(other.exitCode).toBe(1)
    await live.stop()

    const diff = await run('diff', 'parse')
    expect(diff.stdout).toContain('40 same, 30 changed, 0 missing, 0 extra.')
    const api = startStonks(['-t', file, 'serve', 'query'], { ...env, PORT: '0' })
    const [, url = ''] = await api.said(/query API at (\S+),/)
    const get = async (path: string) => (await fetch(`${url}/v1/${path}`)).json()
    expect(await get('shadows')).toMatchObject({ items: [{ processor: 'parse' }] })
    const told = await get('shadows/parse/diff?minutes=600&show=1')
    expect(told).toMatchObject({ topics: [{ same: 40, changed: 30, differences: [{ kind: 'changed' }] }] })
    expect((await fetch(`${url}/v1/shadows/nobody/diff`)).status).toBe(404)
    await api.stop()
  })

  test('a processor that changes something outside is not replayed', async () => {
    const refused = await stonks(['replay', 'trade', '--from', '-1h', '--dry-run'], env)
    expect(refused).toMatchObject({ exitCode: 5 })
    expect(refused.stderr).toContain('risk engine')
  })
})
