import type { Clock } from '../../clock.ts'
import { StreamsError } from '../../errors.ts'
import { changelogTopicOf, type Graph, type StoreSpec } from '../../graph.ts'
import type { LogDriver, LogReader } from '../../log/port.ts'
import type { LogRecord, ProducerRecord, TopicPartition } from '../../record.ts'
import { storeIdOf } from '../../state/backing.ts'
import { BufferedStore } from '../../state/buffered-store.ts'
import { decodeKey } from '../../task/queued-record.ts'
import { positionStoreOf, type StateDisk } from './state-disk.ts'

const READ_RECORDS = 5_000
const READ_WAIT_MS = 200
/** Without a word from the driver on where it stands, so long a silence is taken as the end of the changelog. */
const QUIET_MS = 5_000
const HEADER = 'changelog.change'

/** A store of a task with its changelog partition. */
export class LoggedStore {
  readonly name: string
  readonly storeId: string
  readonly at: TopicPartition
  readonly store: BufferedStore<unknown>
  /** Number of the last change that went to the changelog. */
  change = 0

  constructor(graph: Graph, node: string, spec: StoreSpec, partition: number, disk: StateDisk, timeMs: () => number) {
    this.name = spec.name
    this.storeId = storeIdOf(node, spec.name, partition)
    this.at = { topic: changelogTopicOf(graph, node, spec.name), partition }
    this.store = new BufferedStore(spec.name, disk.backing(this.storeId), timeMs, spec.ttlMs)
  }

  /** Changelog records of what is to be committed. The time of the write is the record's timestamp, its JSON the value. */
  toRecords(entries: ReadonlyMap<string, string | undefined>): ProducerRecord[] {
    return [...entries].map(([key, text]) => {
      this.change += 1
      const space = text?.indexOf(' ') ?? 0
      const timestampMs = text === undefined ? 0 : Math.max(0, Number(text.slice(0, space)))
      const value = text === undefined ? undefined : Buffer.from(text.slice(space + 1))
      return { ...this.at, timestampMs, key: Buffer.from(key), value, headers: { [HEADER]: String(this.change) } }
    })
  }
}

export interface RestoreOptions {
  readonly driver: LogDriver
  readonly disk: StateDisk
  readonly node: string
  readonly clock: Clock
  /** Last change known to be committed; `undefined` where nobody noted it. */
  readonly lastChange: number | undefined
}

/**
 * Brings a store's local copy to where its changelog is: to the end of what is written, since of a transaction that counts
 * already the marker may be missing here, and no less than the last change that the task's commit tells of. It reads on from the position that was written together with the
 * copy, so after a crash only the last commits are replayed; a copy that is ahead of the changelog belongs to another log
 * and is dropped. Of each key only the last change of a stretch is written, in key order.
 */
export async function restoreStore(logged: LoggedStore, options: RestoreOptions): Promise<void> {
  const { driver, disk, node } = options
  const positions = disk.backing(positionStoreOf(node, logged.at.partition))
  const { start, end } = await boundsOf(driver, logged.at)
  let next = BigInt(positions.get(logged.name) ?? 0)
  logged.change = options.lastChange ?? Number(positions.get(changeKey(logged.name)) ?? 0)
  if (next > end) {
    dropCopy(logged, disk, node)
    next = 0n
  }
  if (next < start) next = start
  if (next >= end) return
  const reader = await driver.reader([{ at: logged.at, offset: next }])
  try {
    await readOn(reader, logged, { ...options, next, end })
  } finally {
    await reader.close()
  }
}

async function readOn(
  reader: LogReader,
  logged: LoggedStore,
  options: RestoreOptions & { next: bigint; end: bigint },
): Promise<void> {
  const { disk, node, lastChange, clock, end } = options
  let next = options.next
  let change = Number(disk.backing(positionStoreOf(node, logged.at.partition)).get(changeKey(logged.name)) ?? 0)
  let lastHeardMs = clock.now()
  for (;;) {
    const records = await reader.poll(READ_RECORDS, READ_WAIT_MS)
    for (const record of records) {
      change = Math.max(change, Number(record.headers[HEADER] ?? 0))
      next = record.offset + 1n
    }
    const position = reader.position?.(logged.at)
    if (records.length > 0) {
      lastHeardMs = clock.now()
      applyStretch(logged, disk, node, records, next, change)
    }
    const known = lastChange !== undefined && change >= lastChange && records.length < READ_RECORDS
    const quiet = reader.position === undefined && clock.now() - lastHeardMs > QUIET_MS
    if (next >= end || (position !== undefined && position >= end) || known || quiet) break
  }
  logged.change = Math.max(change, lastChange ?? 0)
}

function applyStretch(
  logged: LoggedStore,
  disk: StateDisk,
  node: string,
  records: readonly LogRecord[],
  next: bigint,
  change: number,
): void {
  const entries = new Map<string, string | undefined>()
  for (const { key, value, timestampMs } of records) {
    if (key !== undefined)
      entries.set(decodeKey(key), value === undefined ? undefined : `${timestampMs} ${decodeKey(value)}`)
  }
  disk.write({
    parts: [],
    offsets: [],
    stores: [{ storeId: logged.storeId, entries }, positionChange(logged, node, next, change)],
  })
}

/** What is written beside a store's entries: how far its changelog is in them. */
export const positionChange = (logged: LoggedStore, node: string, next: bigint, change: number) => ({
  storeId: positionStoreOf(node, logged.at.partition),
  entries: [
    [logged.name, String(next)],
    [changeKey(logged.name), String(change)],
  ] as const,
})

const changeKey = (store: string): string => `${store}#change`

function dropCopy(logged: LoggedStore, disk: StateDisk, node: string): void {
  const entries = [...disk.backing(logged.storeId).range(undefined, undefined)].map(
    ([key]) => [key, undefined] as const,
  )
  disk.write({
    parts: [],
    offsets: [],
    stores: [{ storeId: logged.storeId, entries }, positionChange(logged, node, 0n, 0)],
  })
}

async function boundsOf(driver: LogDriver, at: TopicPartition): Promise<{ start: bigint; end: bigint }> {
  const admin = await driver.admin()
  try {
    const start = (await admin.startOffsets(at.topic))[at.partition]
    const end = (await (admin.writtenEnds?.(at.topic) ?? admin.endOffsets(at.topic)))[at.partition]
    if (start !== undefined && end !== undefined) return { start, end }
    const message = `changelog ${at.topic} has no partition ${at.partition}; its node needs one for each task`
    throw new StreamsError('TOPOLOGY_INVALID', message, { topic: at.topic, partition: at.partition })
  } finally {
    await admin.close()
  }
}
