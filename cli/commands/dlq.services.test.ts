import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import {
  type ClusterOperations,
  type LogRecord,
  openClusterOperations,
  openWireDriver,
  type ProducerRecord,
} from '../../streams/index.ts'
import { describeWith } from '../../test/services/require-service.ts'
import { PROJECT_FOLDER } from '../settings.ts'
import { startStonks, stonks } from '../testing/stonks.ts'

// Commands are processes of their own, and a busy machine starts them slowly.
vi.setConfig({ testTimeout: 300_000 })

const folder = mkdtempSync(join(tmpdir(), 'dlq-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describeWith(['kafka'], 'dead letters', ({ kafka }) => {
  const connection = { brokers: kafka.brokers, clientId: 'dlq-test' }
  const env = { KAFKA_BROKERS: kafka.brokers.join(',') }
  let operations: ClusterOperations
  beforeAll(async () => {
    operations = await openClusterOperations(connection)
  })
  afterAll(() => operations.close())

  const write = async (outputs: readonly ProducerRecord[]): Promise<void> => {
    const driver = await openWireDriver(connection)
    const producer = await driver.producer({ guarantee: 'at_least_once', transactionalId: randomUUID() })
    await producer.commit({ outputs, consumer: undefined, groupId: '', offsets: new Map() })
    await producer.close()
    await driver.close()
  }

  /** A topology of one processor, with so many dead letters of two causes, every third of the second one. */
  const place = async (count: number) => {
    const name = `d${randomUUID().slice(0, 8)}`
    const file = join(folder, `${name}.yaml`)
    writeFileSync(
      file,
      `version: 1
name: ${name}
schemas: { directory: ${join(PROJECT_FOLDER, 'schemas/avro')} }
topics:
  documents.raw: { value: RawDocument, partitions: 2, retention: forever }
  registry.companies: { value: Company, partitions: 1, cleanup: compact }
  documents.parsed: { value: ParsedDocument, partitions: 2, retention: forever }
processors:
  parse: { from: documents.raw, tables: { companies: registry.companies }, to: documents.parsed }
sinks:
  lake: { from: documents.raw, to: postgres }
`,
    )
    const [raw, dlq] = [`${name}.documents.raw`, `${name}.parse.dlq`]
    await operations.createTopic(raw, 2, { 'retention.ms': '-1' })
    await operations.createTopic(dlq, 1, { 'retention.ms': '-1' })
    await write(Array.from({ length: count }, (_, n) => letter(dlq, raw, n, n % 3 === 2)))
    const run = (...args: string[]) => stonks(['-t', file, '--data', folder, 'dlq', ...args], env)
    return { file, raw, dlq, run }
  }
  const letter = (topic: string, raw: string, n: number, isOther: boolean): ProducerRecord => ({
    topic,
    partition: 0,
    timestampMs: 1_700_000_000_000 + n,
    key: Buffer.from(`k${n}`),
    value: Buffer.from(`v${n}`),
    headers: {
      mine: 'kept',
      'dlq.topic': raw,
      'dlq.partition': String(n % 2),
      'dlq.offset': String(n),
      'dlq.timestamp': String(1_600_000_000_000 + n),
      'dlq.stage': isOther ? 'deserialize' : 'process',
      'dlq.error.class': isOther ? 'DESERIALIZATION' : 'TypeError',
      'dlq.error.message': isOther ? `unknown schema id ${n}` : 'no such field',
      'dlq.last_at': '2026-03-02T10:00:00.000Z',
      '__connect.errors.topic': raw,
    },
  })
  const recordsOf = async (topic: string): Promise<readonly LogRecord[]> => {
    const partitions = [0, 1].map((partition) => ({ topic, partition }))
    const driver = await openWireDriver(connection)
    const admin = await driver.admin()
    // Waits for the ends of transactions that are on their way.
    const ends = await admin.endOffsets(topic)
    await admin.close()
    const reader = await driver.reader(partitions.map((at) => ({ at, offset: 'earliest' as const })))
    const records: LogRecord[] = []
    while (partitions.some((at) => (reader.position?.(at) ?? 0n) < (ends[at.partition] ?? 0n)))
      records.push(...(await reader.poll(10_000, 100)))
    records.push(...(await reader.poll(10_000, 0)))
    await reader.close()
    await driver.close()
    return records
  }
  const keysOf = (records: readonly LogRecord[]): readonly number[] =>
    records
      .map(({ key }) =>
        Number(
          Buffer.from(key ?? '')
            .toString()
            .slice(1),
        ),
      )
      .sort((a, b) => a - b)

  test('listed by cause, replayed by a filter, discarded, and never offered again', async () => {
    const { raw, run } = await place(30)
    const listed = JSON.parse((await run('list', '--json')).stdout) as { data: readonly object[] }
    expect(listed.data).toMatchObject([
      { node: 'parse', code: 'TypeError', count: 20, replayable: 20 },
      { node: 'parse', code: 'DESERIALIZATION', message: 'unknown schema id N', count: 10 },
    ])
    const unsaid = await run('replay', 'parse', '--code', 'DESERIALIZATION')
    expect(unsaid.exitCode).toBe(5)
    expect(unsaid.stderr).toContain('--confirm 10')
    expect(unsaid.stderr).toContain('lake reads the same topics')
    expect(await run('replay', 'parse', '--code', 'DESERIALIZATION', '--confirm', '10')).toMatchObject({ exitCode: 0 })
    const replayed = await recordsOf(raw)
    expect(keysOf(replayed)).toEqual([2, 5, 8, 11, 14, 17, 20, 23, 26, 29])
    expect(
      replayed.every(
        ({ partition, key }) =>
          partition ===
          Number(
            Buffer.from(key ?? '')
              .toString()
              .slice(1),
          ) %
            2,
      ),
    ).toBe(true)
    const five = replayed.find(({ key }) => Buffer.from(key ?? '').toString() === 'k5')
    expect(five).toMatchObject({ timestampMs: 1_600_000_000_005 })
    expect(five?.headers).toMatchObject({ mine: 'kept', 'dlq.replays': '1' })
    expect(five?.headers['dlq.topic']).toBeUndefined()
    expect(await run('discard', 'parse', '--confirm', '20')).toMatchObject({ exitCode: 0 })
    expect((await run('list')).stdout).toBe('No dead letters that are not dealt with.\n')
    expect(await recordsOf(raw)).toHaveLength(10)
  })

  test('killed in the middle and started again, every record is replayed exactly once', async () => {
    const { file, raw, run } = await place(3_000)
    const args = ['-t', file, '--data', folder, 'dlq', 'replay', 'parse', '--max', '5000', '--confirm', '3000']
    const running = startStonks(args, env)
    await running.said(/of 3,000/)
    await running.kill()
    const dry = JSON.parse((await run('replay', 'parse', '--max', '5000', '--dry-run', '--json')).stdout) as {
      data: { count: number }
    }
    expect(dry.data.count).toBeGreaterThan(0)
    expect(dry.data.count).toBeLessThan(3_000)
    await run('replay', 'parse', '--max', '5000', '--confirm', String(dry.data.count))
    expect(keysOf(await recordsOf(raw))).toEqual(Array.from({ length: 3_000 }, (_, n) => n))
  })

  test('what was replayed too often is left out, and one letter is shown, its bytes too where they cannot be read', async () => {
    const { run, dlq, raw } = await place(0)
    const often = letter(dlq, raw, 0, false)
    await write([{ ...often, headers: { ...often.headers, 'dlq.replays': '3' } }])
    const dry = await run('replay', 'parse', '--dry-run')
    expect(dry.stdout).toContain('Would replay 0 dead letters')
    expect(dry.stderr).toContain('1 were replayed 3 times already')
    const shown = await run('show', 'parse', '0')
    expect(shown.stdout).toMatch(/TypeError: no such field[\s\S]*documents.raw-0 @ 0[\s\S]*cannot be read/)
    expect((await run('show', 'parse', '7')).exitCode).toBe(3)
  })
})
