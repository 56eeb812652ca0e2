import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type ClusterOperations, openClusterOperations, openWireDriver } from '../../streams/index.ts'
import { describeWith } from '../../test/services/require-service.ts'
import { stonks } from '../testing/stonks.ts'

// Commands are processes of their own, and a busy machine starts them slowly.
vi.setConfig({ testTimeout: 300_000 })

const folder = mkdtempSync(join(tmpdir(), 'reset-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const fresh = (what: string): string => `${what}.${randomUUID().slice(0, 8)}`

interface ResetJson {
  readonly done: boolean
  readonly undo: string | null
  readonly moves: readonly {
    readonly partition: number
    readonly from: string | null
    readonly to: string | null
    readonly records: string
    readonly behind_after_ms: number | null
    readonly clamped: boolean
  }[]
}

describeWith(['kafka'], 'reset', ({ kafka }) => {
  const env = { KAFKA_BROKERS: kafka.brokers.join(',') }
  let operations: ClusterOperations
  beforeAll(async () => {
    operations = await openClusterOperations({ brokers: kafka.brokers, clientId: 'reset-test' })
  })
  afterAll(() => operations.close())

  /** A topic of two partitions with ten records each, one a minute up to now, and a group that read some of the first. */
  const place = async () => {
    const [topic, group] = [fresh('topic'), fresh('group')]
    await operations.createTopic(topic, 2, { 'retention.ms': '-1' })
    const driver = await openWireDriver({ brokers: kafka.brokers, clientId: 'reset-test' })
    const producer = await driver.producer({ guarantee: 'at_least_once', transactionalId: randomUUID() })
    const nowMs = Date.now()
    const outputs = Array.from({ length: 20 }, (_, n) => ({
      topic,
      partition: n % 2,
      timestampMs: nowMs - (10 - Math.floor(n / 2)) * 60_000,
      key: Buffer.from('k'),
      value: Buffer.from('v'),
      headers: {},
    }))
    await producer.commit({ outputs, consumer: undefined, groupId: '', offsets: new Map() })
    await producer.close()
    await driver.close()
    await operations.commitOffsets(group, [
      { at: { topic, partition: 0 }, committed: { offset: 8n, metadata: 'mine' } },
    ])
    return { topic, group }
  }
  const reset = async (group: string, ...args: string[]) => {
    const ended = await stonks(['--data', folder, 'reset', group, '--json', ...args], env)
    const data = ended.stdout === '' ? undefined : (JSON.parse(ended.stdout) as { data: ResetJson }).data
    return { ...ended, ...(data ?? { done: false, undo: null, moves: [] }) }
  }
  const offsetsOf = async (group: string) =>
    (await operations.offsets(group)).map(({ at, committed }) => [at.partition, committed.offset, committed.metadata])

  test('a preview in records and time, then the move, then back to where it was, never committed too', async () => {
    const { group } = await place()
    const unconfirmed = await reset(group, '--to', '-5m')
    expect(unconfirmed).toMatchObject({ exitCode: 5, done: false })
    expect(unconfirmed.stderr).toContain(`--confirm ${group}`)
    expect(unconfirmed.moves).toMatchObject([
      { partition: 0, from: '8', to: '6', records: '-2' },
      { partition: 1, from: null, to: '6', records: '6' },
    ])
    expect(unconfirmed.moves[0]?.behind_after_ms).toBeGreaterThan(3 * 60_000)
    expect(unconfirmed.moves[0]?.behind_after_ms).toBeLessThan(5.5 * 60_000)
    expect(await offsetsOf(group)).toEqual([[0, 8n, 'mine']])
    const moved = await reset(group, '--to', '-5m', '--confirm', group)
    expect(moved).toMatchObject({ exitCode: 0, done: true })
    expect(await offsetsOf(group)).toEqual([
      [0, 6n, ''],
      [1, 6n, ''],
    ])
    expect(await reset(group, '--undo', moved.undo ?? '', '--confirm', group)).toMatchObject({
      exitCode: 0,
      done: true,
    })
    expect(await offsetsOf(group)).toEqual([[0, 8n, 'mine']])
  })

  test('earliest, latest and an offset, which is kept within the log', async () => {
    const { group, topic } = await place()
    const to = async (where: string) =>
      (await reset(group, '--to', where, '--dry-run', '--topic', topic)).moves.map((move) => [move.to, move.clamped])
    expect(await to('earliest')).toEqual([
      ['0', false],
      ['0', false],
    ])
    expect(await to('latest')).toEqual([
      ['10', false],
      ['10', false],
    ])
    expect(await to('999')).toEqual([
      ['10', true],
      ['10', true],
    ])
    expect(await offsetsOf(group)).toEqual([[0, 8n, 'mine']])
  })

  test('refused while members run, by name of another group, and for a file that is none', async () => {
    const { group, topic } = await place()
    const driver = await openWireDriver({ brokers: kafka.brokers, clientId: 'a-member' })
    let isAssigned = false
    const listener = {
      assigned: async () => {
        isAssigned = true
      },
      revoked: async () => {},
      lost: async () => {},
    }
    const consumer = driver.consumer({ groupId: group, topics: [topic], broadcast: [], listener })
    await consumer.start()
    while (!isAssigned) await consumer.poll(1, 100)
    const running = await reset(group, '--to', 'earliest', '--confirm', group)
    expect(running.exitCode).toBe(5)
    expect(running.stderr).toContain('a-member')
    await consumer.close()
    await driver.close()
    expect((await reset(group, '--to', 'earliest', '--confirm', 'another')).exitCode).toBe(5)
    const file = join(folder, 'none.json')
    writeFileSync(file, '{"version":1,"group":"x","offsets":[{"topic":"t","partition":0,"offset":"-3"}]}')
    expect((await reset(group, '--undo', file, '--confirm', group)).exitCode).toBe(5)
    expect((await offsetsOf(group))[0]?.[1]).toBe(8n)
  })

  test('what is not there, and what is written wrong, is said', async () => {
    const { group } = await place()
    const missing = await reset(`${group}x`, '--to', 'earliest')
    expect(missing.exitCode).toBe(3)
    expect(missing.stderr).toContain(`did you mean ${group}?`)
    expect((await reset(group, '--to', 'yesterday')).exitCode).toBe(2)
    expect((await reset(group)).exitCode).toBe(2)
    expect((await reset(group, '--to', 'latest', '--topic', 'no.such')).exitCode).toBe(3)
  })

  test('an undo file of odd values is refused, and one from before the topic was made anew ends at its end', async () => {
    const { topic, group } = await place()
    const file = join(folder, `${group}.json`)
    const undoTo = (offset: string, metadata: unknown = '') => {
      const offsets = [{ topic, partition: 0, offset, metadata }]
      writeFileSync(file, JSON.stringify({ version: 1, group, at: 'then', offsets }))
      return reset(group, '--undo', file, '--confirm', group)
    }
    for (const odd of [await undoTo('99999999999999999999'), await undoTo('3', 5)]) {
      expect(odd).toMatchObject({ exitCode: 5 })
      expect(odd.stderr).toContain('nothing was done')
    }
    const beyond = await undoTo('5000', 'of then')
    expect(beyond).toMatchObject({ exitCode: 0, moves: [{ to: '10', clamped: true }] })
    expect(await offsetsOf(group)).toEqual([[0, 10n, '']])
  })

  test('nothing is moved where it cannot be kept how to go back', async () => {
    const { group } = await place()
    const noFolder = join(folder, 'a file')
    writeFileSync(noFolder, '')
    const args = ['--data', noFolder, 'reset', group, '--to', 'latest', '--confirm', group]
    const unkept = await stonks(args, env)
    expect(unkept).toMatchObject({ exitCode: 3 })
    expect(unkept.stderr).toContain('cannot be kept')
    expect(await offsetsOf(group)).toEqual([[0, 8n, 'mine']])
  })
})
