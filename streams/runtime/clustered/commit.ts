import type { Clock } from '../../clock.ts'
import { StreamsError } from '../../errors.ts'
import type { Guarantee, TopicSpec } from '../../graph.ts'
import type { CommittedOffset, LogConsumer, LogProducer } from '../../log/port.ts'
import type { InputRecord, ProducerRecord, TopicPartition } from '../../record.ts'
import type { TaskOutput } from '../../task/outputs.ts'
import { type LoggedStore, positionChange } from './changelog.ts'
import { inTime } from './in-time.ts'
import type { LogTask } from './log-task.ts'
import type { StateDisk } from './state-disk.ts'

/** What was forwarded since the last commit; dead letters have no spec. */
export interface PendingOutput {
  readonly record: ProducerRecord
  readonly output: TaskOutput | undefined
}

interface FrozenStore {
  readonly logged: LoggedStore
  readonly entries: ReadonlyMap<string, string | undefined>
  /** Where its changelog records begin among the outputs of the commit. */
  readonly first: number
  /** Number of its last change in this commit. */
  readonly change: number
}

/** A commit that was put together: nothing of what comes later is in it. */
export interface Prepared {
  readonly node: string
  readonly pending: readonly PendingOutput[]
  readonly records: readonly ProducerRecord[]
  readonly stores: readonly FrozenStore[]
  readonly offsets: Map<string, { readonly at: TopicPartition; readonly committed: CommittedOffset }>
}

/** Freezes stores and takes positions, in one turn: from here on calls belong to the next commit. */
export function prepareCommit(node: string, pending: readonly PendingOutput[], tasks: readonly LogTask[]): Prepared {
  const dirty = tasks.filter((task) => task.dirty)
  const prepared = prepareStores(
    node,
    pending,
    dirty.flatMap((task) => task.stores),
  )
  for (const task of dirty) {
    for (const input of task.inputs.own) {
      const { key, at, position } = input
      prepared.offsets.set(key, { at, committed: { offset: position, metadata: task.metadataOf(input) } })
    }
    for (const { key, at } of task.inputs.shared) {
      const positions = tasks.flatMap((other) =>
        other.inputs.shared.filter((queue) => queue.key === key).map((queue) => queue.position),
      )
      const slowest = BigInt(Math.min(...positions.map(Number)))
      prepared.offsets.set(key, { at, committed: { offset: slowest, metadata: '' } })
    }
    task.dirty = false
  }
  return prepared
}

/** The part of it without offsets, which is all there is to a source's commit. */
export function prepareStores(node: string, pending: readonly PendingOutput[], all: readonly LoggedStore[]): Prepared {
  const records = pending.map((one) => one.record)
  const stores: FrozenStore[] = []
  for (const logged of all) {
    const entries = logged.store.freeze()
    const first = records.length
    for (const record of logged.toRecords(entries)) records.push(record)
    stores.push({ logged, entries, first, change: logged.change })
  }
  return { node, pending, records, stores, offsets: new Map() }
}

export interface CommitPorts {
  readonly clock: Clock
  /** Nobody waits for this commit any more, and somebody else may be at the local copies. */
  readonly isOver: () => boolean
  readonly guarantee: Guarantee
  readonly producer: LogProducer
  readonly consumer: LogConsumer | undefined
  readonly groupId: string
  readonly disk: StateDisk
  readonly onForward: ((topicName: string, record: InputRecord) => void) | undefined
}

/**
 * Commit, then apply. The order is the point: a crash before 1 leaves nothing, and the stores are those of the commit
 * before; a crash between 1 and 2 leaves the local copies one commit behind, which the changelog makes up for.
 *
 * Rejects with what `LogProducer.commit` rejects with, and where that comes back too late; nothing is applied then.
 */
export async function commitThenApply(prepared: Prepared, ports: CommitPorts): Promise<void> {
  const written = await inTime(ports.clock, write(prepared, ports)) // 1. the log
  if (ports.isOver())
    throw new StreamsError('INVALID_STATE', `${prepared.node}: a commit came back after its session had ended`)
  const changed = prepared.stores.filter((one) => one.entries.size > 0)
  const stores = changed.flatMap(({ logged, entries, first, change }) => {
    const last = written[first + entries.size - 1] ?? -1n
    return [{ storeId: logged.storeId, entries }, positionChange(logged, prepared.node, last + 1n, change)]
  })
  if (stores.length > 0) ports.disk.write({ parts: [], offsets: [], stores }) // 2. the local copies
  for (const { logged } of prepared.stores) logged.store.applied() // 3. reads go to the copies again
  if (ports.onForward !== undefined) announce(prepared.pending, written, ports.onForward)
}

/**
 * Without transactions in two steps, outputs first: were their changelog there and they not, a store would know of what
 * nobody got, and a source would go on behind it.
 */
async function write(
  { pending, records, offsets }: Prepared,
  { guarantee, producer, consumer, groupId }: CommitPorts,
): Promise<readonly bigint[]> {
  const outputs = pending.length
  if (guarantee === 'exactly_once' || outputs === 0 || outputs === records.length) {
    return await producer.commit({ outputs: records, consumer, groupId, offsets })
  }
  const first = await producer.commit({ outputs: records.slice(0, outputs), consumer, groupId, offsets: new Map() })
  const changes = await producer.commit({ outputs: records.slice(outputs), consumer, groupId, offsets })
  return [...first, ...changes]
}

function announce(
  pending: readonly PendingOutput[],
  written: readonly bigint[],
  onForward: NonNullable<CommitPorts['onForward']>,
): void {
  for (const [i, { output, record }] of pending.entries()) {
    if (output !== undefined) onForward(output.spec.name, toInput(output.spec, record, output, written[i] ?? 0n))
  }
}

const toInput = (spec: TopicSpec, record: ProducerRecord, output: TaskOutput, offset: bigint): InputRecord => ({
  topic: spec.name,
  partition: record.partition,
  offset,
  timestampMs: record.timestampMs,
  key: output.key,
  value: output.value,
  headers: record.headers,
})
