import { setImmediate } from 'node:timers/promises'
import { type AvroRecord, loadAvroSchemas } from '../../schemas/index.ts'
import type { Clock, InputRecord } from '../../streams/index.ts'
import type { ObjectStore } from '../objects/object-store.ts'
import { dayOf, HeldOffsets, lakeFileKey, parseLakeFileKey } from './lake-files.ts'
import { type LakeJournal, openLakeJournal } from './lake-journal.ts'
import { LAKE_TABLES, type LakeTable } from './lake-tables.ts'
import { encodeParquet, type LakeRecord } from './parquet-file.ts'
import { type LakeSchema, lakeSchemaOf } from './parquet-schema.ts'

export interface LakeOptions {
  /** The warehouse: a folder, or a bucket with the warehouse's prefix. */
  readonly store: ObjectStore
  readonly clock: Clock
  /** A local file that keeps records safe until a Parquet file is worth writing. Without it every flush writes files. */
  readonly journalFile?: string
  readonly tables?: Readonly<Record<string, LakeTable>>
  readonly schemas?: ReadonlyMap<string, AvroRecord>
  /** With a journal: how many records, or how long, until files are written. 50,000 and 10 s unless given. */
  readonly rollRecords?: number
  readonly rollMs?: number
}

/** Takes records of every topic of the lake and keeps each exactly once. One of them a process and warehouse. */
export interface LakeWriter {
  /** Reads what is there. Called again it waits for the first call. */
  open(): Promise<void>
  /** Takes records in offset order per partition; those that are there already are dropped. */
  write(records: readonly InputRecord[]): void
  /** Resolves once everything taken is safe: in the journal, or in files. */
  flush(): Promise<void>
  /** Writes files of everything taken. */
  roll(): Promise<void>
  /** Rolls, then lets go. */
  close(): Promise<void>
}

const ROLL_RECORDS = 50_000
const ROLL_MS = 10_000

export function openLakeWriter(options: LakeOptions): LakeWriter {
  const tables = options.tables ?? LAKE_TABLES
  const schemas = schemasOf(tables, options.schemas ?? loadAvroSchemas())
  const held = new HeldOffsets()
  let journal: LakeJournal | undefined
  /** Taken, not yet safe; and safe in the journal, not yet in files. */
  let taken: LakeRecord[] = []
  let journaled: LakeRecord[] = []
  /** Cut into files that are not all put. */
  const sealed: (readonly [string, readonly LakeRecord[]])[] = []
  let oldestMs = Number.POSITIVE_INFINITY
  let opening: Promise<void> | undefined
  let last: Promise<void> = Promise.resolve()
  let timer = false
  const closing = new AbortController()
  let closed = false

  /** One after another: a roll must not meet a flush halfway. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const turn = last.then(work)
    last = turn.catch(() => {})
    return turn
  }
  const hold = (record: LakeRecord): void =>
    held.add(record.topic, record.partition, dayOf(record.timestampMs), record.offset, record.offset)

  async function open(): Promise<void> {
    for (const key of await options.store.list('')) {
      const file = parseLakeFileKey(key)
      if (file) held.add(file.topic, file.partition, file.day, file.first, file.last)
    }
    if (!options.journalFile) return
    journal = openLakeJournal(options.journalFile)
    journaled = journal.read().filter((r) => !held.has(r.topic, r.partition, dayOf(r.timestampMs), r.offset))
    journaled.forEach(hold)
    if (journaled.length > 0) await rollNow()
  }

  async function flushNow(): Promise<void> {
    if (!journal) return rollNow()
    const batch = taken
    if (batch.length > 0) {
      await journal.append(batch)
      taken = taken.slice(batch.length)
      journaled = journaled.concat(batch)
    }
    const due = sealed.length > 0 || journaled.length >= (options.rollRecords ?? ROLL_RECORDS)
    if (due || options.clock.now() - oldestMs >= (options.rollMs ?? ROLL_MS)) await rollNow()
    else if (journaled.length > 0) rollLater()
  }

  /** A quiet topic's last records reach the files too. An error shows at the next flush, which tries again. */
  function rollLater(): void {
    if (timer) return
    timer = true
    void options.clock.sleep(options.rollMs ?? ROLL_MS, closing.signal).then(() => {
      timer = false
      if (!closed) inTurn(flushNow).catch(() => {})
    })
  }

  /**
   * Cuts everything taken into files, once: a file that could not be put, or perhaps was, is tried again under the same
   * name with the same records.
   */
  async function rollNow(): Promise<void> {
    sealed.push(...groupByFile(journaled.concat(taken), tables))
    journaled = []
    taken = []
    oldestMs = Number.POSITIVE_INFINITY
    for (let next = sealed[0]; next !== undefined; next = sealed[0]) {
      const [key, group] = next
      // Encoding is work of this thread: others get their turn between two files.
      await setImmediate()
      await options.store.put(key, encodeParquet(schemas.get(group[0]?.topic ?? '') as LakeSchema, group))
      sealed.shift()
    }
    // What was taken meanwhile is not in the journal yet: this runs in turn with flushes.
    journal?.clear()
  }

  return {
    open: () => {
      opening ??= open()
      return opening
    },
    write(records) {
      const ingestedAtMs = options.clock.now()
      for (const { topic, partition, offset, timestampMs, value } of records) {
        if (value === undefined || held.has(topic, partition, dayOf(timestampMs), offset)) continue
        if (!schemas.has(topic))
          throw new Error(`lake: no table for topic ${topic}; it has ${[...schemas.keys()].join(', ')}`)
        const record = { topic, partition, offset, timestampMs, ingestedAtMs, value: value as LakeRecord['value'] }
        taken.push(record)
        hold(record)
        oldestMs = Math.min(oldestMs, ingestedAtMs)
      }
    },
    flush: () => inTurn(flushNow),
    roll: () => inTurn(rollNow),
    async close() {
      await inTurn(rollNow)
      closed = true
      closing.abort()
      journal?.close()
    },
  }
}

function schemasOf(
  tables: Readonly<Record<string, LakeTable>>,
  schemas: ReadonlyMap<string, AvroRecord>,
): ReadonlyMap<string, LakeSchema> {
  return new Map(
    Object.entries(tables).map(([topic, { schema }]) => {
      const found = schemas.get(schema)
      if (!found) throw new Error(`lake: topic ${topic} needs the schema ${schema}, which is not there`)
      return [topic, lakeSchemaOf(found)]
    }),
  )
}

/** Records of one file each, under its key: a file holds one day of one topic-partition, in offset order. */
function groupByFile(
  records: readonly LakeRecord[],
  tables: Readonly<Record<string, LakeTable>>,
): ReadonlyMap<string, readonly LakeRecord[]> {
  const groups = Map.groupBy(records, (r) => `${r.topic}-${r.partition}-${dayOf(r.timestampMs)}`)
  return new Map(
    [...groups.values()].map((group) => {
      const [first, last] = [group[0] as LakeRecord, group.at(-1) as LakeRecord]
      const { topic, partition } = first
      const table = tables[topic]?.table ?? topic
      const key = lakeFileKey({
        table,
        topic,
        partition,
        day: dayOf(first.timestampMs),
        first: first.offset,
        last: last.offset,
      })
      return [key, group]
    }),
  )
}
