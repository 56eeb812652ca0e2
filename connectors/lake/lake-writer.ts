import { type AvroRecord, loadAvroSchemas } from '../../schemas/index.ts'
import type { Clock, InputRecord } from '../../streams/index.ts'
import type { ObjectStore } from '../objects/object-store.ts'
import { dayOf, HeldOffsets, parseLakeFileKey } from './lake-files.ts'
import { type FramePlace, framesOf, type LakeRecord } from './lake-frames.ts'
import { type LakeJournal, memoryJournal, openLakeJournal } from './lake-journal.ts'
import { openLakeRoll } from './lake-roll.ts'
import { LAKE_TABLES, type LakeTable } from './lake-tables.ts'
import { type LakeSchema, lakeSchemaOf } from './parquet-schema.ts'

export interface LakeOptions {
  /** The warehouse: a folder, or a bucket with the warehouse's prefix. */
  readonly store: ObjectStore
  readonly clock: Clock
  /**
   * A local file that keeps records safe until a Parquet file is worth writing, another beside it with `.sealed` behind
   * its name. Without it every flush writes files.
   */
  readonly journalFile?: string
  readonly tables?: Readonly<Record<string, LakeTable>>
  readonly schemas?: ReadonlyMap<string, AvroRecord>
  /** With a journal: how many records, or how long, until files are written; 8 MiB of them are enough too. 100,000 and 10 s unless given. */
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

const ROLL_RECORDS = 100_000
/** Of the journal: bounds the memory of a file being encoded and how much is left to do when input ends. */
const ROLL_BYTES = 8 * 1024 * 1024
const ROLL_MS = 10_000

export function openLakeWriter(options: LakeOptions): LakeWriter {
  const tables = options.tables ?? LAKE_TABLES
  const { journalFile, clock, rollRecords = ROLL_RECORDS, rollMs = ROLL_MS } = options
  const schemas = schemasOf(tables, options.schemas ?? loadAvroSchemas())
  const tableOf = (topic: string): string => tables[topic]?.table ?? topic
  const held = new HeldOffsets()
  let journal: LakeJournal = memoryJournal()
  let files = openLakeRoll({ journal, schemas, store: options.store, tableOf })
  /** Taken, not yet safe. */
  let taken: LakeRecord[] = []
  /** Safe in the journal, not yet sealed. */
  let journaled: FramePlace[] = []
  let journaledRecords = 0
  let journaledBytes = 0
  let oldestMs = Number.POSITIVE_INFINITY
  let opening: Promise<void> | undefined
  let last: Promise<void> = Promise.resolve()
  let timer = false
  const closing = new AbortController()

  /** One after another: a roll must not meet a flush halfway. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const turn = last.then(work)
    last = turn.catch(() => {})
    return turn
  }

  async function open(): Promise<void> {
    for (const key of await options.store.list('')) {
      const file = parseLakeFileKey(key)
      for (const s of file?.spans ?? []) held.add(file?.topic ?? '', s.partition, file?.day ?? '', s.first, s.last)
    }
    if (journalFile === undefined) return
    journal = openLakeJournal(journalFile)
    files = openLakeRoll({ journal, schemas, store: options.store, tableOf })
    // A frame went to a file whole or not at all, so its first record tells. The others get the names they had.
    const missing = ({ head }: FramePlace): boolean => !held.has(head.topic, head.partition, head.day, head.first)
    const { sealed, grown } = journal.left()
    const [again, next] = [sealed.filter(missing), grown.filter(missing)]
    for (const { head } of [...again, ...next]) held.add(head.topic, head.partition, head.day, head.first, head.last)
    files.resume(again)
    journaled = next
    await rollNow()
  }

  /** What is taken becomes safe, in the order taken. */
  async function keep(): Promise<void> {
    const batch = taken
    if (batch.length === 0) return
    for (const place of await journal.append(framesOf(batch))) {
      journaled.push(place)
      journaledBytes += place.bytes
    }
    journaledRecords += batch.length
    taken = taken.slice(batch.length)
  }

  async function flushNow(): Promise<void> {
    if (journalFile === undefined) return rollNow()
    await keep()
    const due = files.failed || journaledRecords >= rollRecords || journaledBytes >= ROLL_BYTES
    if (due || clock.now() - oldestMs >= rollMs) {
      // Files of the last time first: input that comes faster than they are written waits here.
      await files.finish()
      seal()
      files.begin()
    } else if (journaled.length > 0) rollLater()
  }

  function seal(): void {
    files.seal(journaled)
    journaled = []
    journaledRecords = 0
    journaledBytes = 0
    oldestMs = taken[0]?.ingestedAtMs ?? Number.POSITIVE_INFINITY
  }

  /** A quiet topic's last records reach the files too. An error shows at the next flush, which tries again. */
  function rollLater(): void {
    if (timer) return
    timer = true
    void clock.sleep(rollMs, closing.signal).then(() => {
      timer = false
      if (!closing.signal.aborted) inTurn(flushNow).catch(() => {})
    })
  }

  async function rollNow(): Promise<void> {
    await keep()
    await files.finish()
    seal()
    await files.finish()
  }

  return {
    open: () => {
      opening ??= open()
      return opening
    },
    write(records) {
      const ingestedAtMs = clock.now()
      for (const { topic, partition, offset, timestampMs, value } of records) {
        if (value === undefined) continue
        const day = dayOf(timestampMs)
        if (held.has(topic, partition, day, offset)) continue
        if (!schemas.has(topic))
          throw new Error(`lake: no table for topic ${topic}; it has ${[...schemas.keys()].join(', ')}`)
        taken.push({ topic, partition, offset, timestampMs, ingestedAtMs, value: value as LakeRecord['value'] })
        held.add(topic, partition, day, offset, offset)
        oldestMs = Math.min(oldestMs, ingestedAtMs)
      }
    },
    flush: () => inTurn(flushNow),
    roll: () => inTurn(rollNow),
    async close() {
      await inTurn(rollNow)
      closing.abort()
      journal.close()
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
