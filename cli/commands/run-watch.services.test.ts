import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type ClusterOperations, openClusterOperations } from '../../streams/index.ts'
import { describeWith } from '../../test/services/require-service.ts'
import { PROJECT_FOLDER } from '../settings.ts'
import { type RunningStonks, startStonks, stonks } from '../testing/stonks.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const folder = mkdtempSync(join(tmpdir(), 'watch-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describeWith(['kafka', 'registry', 'postgres'], 'run --watch', ({ kafka, registry, postgres }) => {
  const name = `w${randomUUID().slice(0, 8)}`
  const file = join(folder, `${name}.yaml`)
  const env = {
    KAFKA_BROKERS: kafka.brokers.join(','),
    SCHEMA_REGISTRY_URL: registry.url,
    DATABASE_URL: postgres.url,
    STONKS_DATA: join(folder, 'data'),
  }
  const text = `version: 1
name: ${name}
schemas: { directory: ${join(PROJECT_FOLDER, 'schemas/avro')} }
topics:
  documents.raw: { value: RawDocument, partitions: 2 }
  registry.companies: { value: Company, partitions: 1, cleanup: compact }
  documents.parsed: { value: ParsedDocument, partitions: 2 }
  ops.lag: { value: ConsumerLag, partitions: 1 }
stores: { lag_measured: { type: kv } }
sources:
  lag: { to: ops.lag, state: lag_measured, with: { every: 86400 } }
processors:
  parse: { from: documents.raw, tables: { companies: registry.companies }, to: documents.parsed }
`
  let operations: ClusterOperations
  let running: RunningStonks
  beforeAll(async () => {
    operations = await openClusterOperations({ brokers: kafka.brokers, clientId: 'watch-test' })
    writeFileSync(file, text)
    await stonks(['-t', file, 'apply'], env)
    running = startStonks(['-t', file, 'run', 'parse', 'lag', '--watch'], env)
    await running.said(/running lag, parse on wire, following/)
  })
  afterAll(async () => {
    await running?.stop()
    await operations?.close()
  })

  const memberOfParse = async (): Promise<string | undefined> =>
    (await operations.members(`${name}.parse`))[0]?.memberId
  const told = async (): Promise<bigint> => {
    const at = { topic: `${name}.ops.lag`, partition: 0 }
    return (await operations.find([at], 'stable')).get(`${at.topic}-0`)?.offset ?? 0n
  }

  test('changed parameters drain and begin again their node alone; the others do not notice', async () => {
    await expect.poll(memberOfParse, { timeout: 30_000 }).toBeDefined()
    const before = await memberOfParse()
    const writtenBefore = await told()
    writeFileSync(file, text.replace('every: 86400', 'every: 1'))
    await running.said(/lag was drained, and runs with what the file says now/)
    await expect.poll(told, { timeout: 30_000 }).toBeGreaterThan(writtenBefore + 6n)
    expect(await memberOfParse()).toBe(before)
  })

  test('a broken file and one of another shape leave everything running, and say so', async () => {
    const before = await memberOfParse()
    writeFileSync(file, text.replace('to: documents.parsed', 'to: documents.pasred'))
    await running.said(/1 mistake in .*: the topology of before goes on/)
    writeFileSync(
      file,
      text.replace(
        'documents.parsed: { value: ParsedDocument, partitions: 2 }',
        'documents.parsed: { value: ParsedDocument, partitions: 4 }',
      ),
    )
    await running.said(/the shape changed \(topic documents\.parsed\).*\n.*stonks plan/)
    const written = await told()
    await expect.poll(told, { timeout: 30_000 }).toBeGreaterThan(written)
    expect(await memberOfParse()).toBe(before)
    expect(running.output().exitCode).toBeNull()
  })
})
