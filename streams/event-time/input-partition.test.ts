import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeDone } from '../calls/done-offsets.ts'
import { PartitionGroup } from '../task/partition-group.ts'
import { QueuedRecord } from '../task/queued-record.ts'
import { jsonSerde } from '../testing/json-serde.ts'
import { InputPartition, type Lane, type LaneProgress } from './input-partition.ts'

const RECORDS = 40
const at = { topic: 'g.in', partition: 0 }
const spec = { name: 'in', topic: 'g.in', partitions: 1, cleanup: 'delete', retentionMs: -1, value: jsonSerde } as const
/** Every fifth place is a transaction's marker; two tasks write in turn. */
const log = Array.from({ length: RECORDS }, (_, i) => i)
  .filter((i) => i % 5 !== 4)
  .map((i) => {
    const headers = { 'streams.task': `up_${i % 2}` }
    const record = { ...at, offset: BigInt(i), timestampMs: (i * 7) % 60, key: undefined, value: undefined, headers }
    return new QueuedRecord(spec, record)
  })

interface Committed {
  readonly position: bigint
  readonly done: string
  readonly progress: ReadonlyMap<string, LaneProgress>
  readonly handled: readonly bigint[]
}
const opened = ({ position, done, progress }: Committed, byWriter: boolean): InputPartition =>
  new InputPartition({ order: 0, at, position, awaited: [], byWriter, progress, done: decodeDone(position, done) })

test('records handled side by side count once each, wherever commits and crashes fall', () => {
  const steps = fc.array(fc.constantFrom('read', 'begin', 'begin', 'end', 'end', 'commit', 'crash'), { maxLength: 300 })
  fc.assert(
    fc.property(steps, fc.infiniteStream(fc.nat()), fc.boolean(), (todo, chance, byWriter) => {
      let committed: Committed = { position: 0n, done: '', progress: new Map(), handled: [] }
      let [input, group] = [opened(committed, byWriter), new PartitionGroup<Lane, QueuedRecord>()]
      let [handled, open] = [[...committed.handled], [] as QueuedRecord[]]
      const step = {
        read: () => {
          const next = log.find(({ offset }) => offset >= input.next)
          if (next !== undefined) input.offer(group, next)
        },
        begin: () => {
          const lane = group.peek()
          const record = group.poll()
          if (lane === undefined || record === undefined) return
          input.taken(lane, record)
          open.push(record)
        },
        end: () => {
          const [record] = open.splice(chance.next().value % Math.max(1, open.length), 1)
          if (record === undefined) return
          input.passed(record)
          handled.push(record.offset)
        },
        commit: () => {
          const { position } = input
          committed = { position, done: input.done(), progress: input.progress(), handled: [...handled] }
        },
        crash: () => {
          input = opened(committed, byWriter)
          group = new PartitionGroup()
          handled = [...committed.handled]
          open = []
        },
      }
      for (const one of todo) step[one as keyof typeof step]()
      while (handled.length < log.length || open.length > 0) {
        const before = handled.length + open.length
        for (const one of ['read', 'begin', 'end', 'commit'] as const) step[one]()
        if (input.next >= BigInt(RECORDS - 1) && group.size === 0 && open.length === 0) break
        expect(before).toBeLessThanOrEqual(log.length)
      }
      expect(handled.toSorted((a, b) => Number(a - b))).toEqual(log.map(({ offset }) => offset))
      expect(input.done()).toBe('')
    }),
    { numRuns: 300 },
  )
})

test('handled one by one, what a writer is ahead of another is told by its lane alone', () => {
  const [input, group] = [
    opened({ position: 0n, done: '', progress: new Map(), handled: [] }, true),
    new PartitionGroup<Lane, QueuedRecord>(),
  ]
  for (const record of log) input.offer(group, record)
  while (group.size > 0) {
    const lane = group.peek()!
    const record = group.poll()!
    input.taken(lane, record)
    expect(input.done()).toBe('')
    input.passed(record)
    expect(input.done()).toBe('')
  }
})
