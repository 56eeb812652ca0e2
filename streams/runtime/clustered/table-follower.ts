import type { Clock } from '../../clock.ts'
import { TASK_HEADER, watermarkOf } from '../../event-time/watermark.ts'
import type { TopicSpec } from '../../graph.ts'
import type { LogDriver, LogReader } from '../../log/port.ts'
import { partitionKey, type TopicPartition } from '../../record.ts'
import type { GlobalTable } from '../../state/global-table.ts'
import { backoffMs, isRetriable } from '../../task/backoff.ts'
import { QueuedRecord } from '../../task/queued-record.ts'
import type { EngineLogger } from '../logger.ts'
import { TableSlot } from '../table-slot.ts'
import { Wakeup } from '../wakeup.ts'

const READ_RECORDS = 2_000
const READ_WAIT_MS = 200
/** A driver that cannot tell its position is taken to be at the end after such a silence. */
const QUIET_MS = 2_000
const BACKOFF = { backoffMinMs: 200, backoffMaxMs: 10_000 }

/** Keeps a global table as its topic is: read to the end once, then followed. Trouble is waited out; the table stays as it was. */
export class TableFollower {
  readonly #slot: TableSlot
  readonly #driver: LogDriver
  readonly #clock: Clock
  readonly #logger: EngineLogger
  readonly #random: () => number
  readonly #next = new Map<string, bigint>()
  /** Of each partition what each awaited task has announced. */
  readonly #watermarks: readonly Map<string, number>[]
  readonly #wakeup: Wakeup
  #stopping = false
  #loop: Promise<void> = Promise.resolve()

  /** `awaited` are the tasks that announce how far the table's event time is complete. */
  constructor(
    spec: TopicSpec,
    awaited: readonly string[],
    ports: { driver: LogDriver; clock: Clock; logger: EngineLogger; random: () => number },
  ) {
    this.#watermarks = awaited.length === 0 ? [] : Array.from({ length: spec.partitions }, () => unknown(awaited))
    this.#driver = ports.driver
    this.#clock = ports.clock
    this.#logger = ports.logger
    this.#random = ports.random
    this.#wakeup = new Wakeup(ports.clock)
    this.#slot = new TableSlot(spec, (record, error) => {
      const fields = {
        topic: record.spec.topic,
        partition: record.partition,
        offset: String(record.offset),
        error: String(error),
      }
      ports.logger.error(fields, 'a table record cannot be read; the table keeps what it had')
    })
  }

  get table(): GlobalTable<unknown> {
    return this.#slot.table
  }

  /** No change of the table that comes is older; for ever where nobody announces it. */
  get completeMs(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#watermarks.flatMap((tasks) => [...tasks.values()]))
  }

  /** Resolves when the table holds everything its topic had at the call. A log that is away is waited for. */
  async start(): Promise<void> {
    for (let attempt = 1; !this.#stopping; attempt++) {
      try {
        const ends = await this.#ends()
        const reader = await this.#open()
        await this.#readTo(ends, reader).catch(async (error) => {
          await reader.close().catch(() => {})
          throw error
        })
        this.#loop = this.#follow(reader)
        return
      } catch (error) {
        if (!isRetriable(error)) throw error
        await this.#waitAfter(error, attempt)
      }
    }
  }

  async #ends(): Promise<readonly bigint[]> {
    const admin = await this.#driver.admin()
    try {
      return await admin.endOffsets(this.#slot.spec.topic)
    } finally {
      await admin.close()
    }
  }

  async #readTo(ends: readonly bigint[], reader: LogReader): Promise<void> {
    const { topic } = this.#slot.spec
    let heardMs = this.#clock.now()
    const isRead = (end: bigint, partition: number): boolean => {
      const at = { topic, partition }
      const next = reader.position?.(at) ?? this.#next.get(partitionKey(at)) ?? 0n
      return next >= end
    }
    while (!ends.every(isRead)) {
      if ((await this.#read(reader)) > 0) heardMs = this.#clock.now()
      else if (reader.position === undefined && this.#clock.now() - heardMs > QUIET_MS) break
    }
  }

  async close(): Promise<void> {
    this.#stopping = true
    this.#wakeup.wake()
    await this.#loop
  }

  async #follow(first: LogReader): Promise<void> {
    let reader: LogReader | undefined = first
    for (let attempt = 0; !this.#stopping; ) {
      try {
        reader ??= await this.#open()
        await this.#read(reader)
        attempt = 0
      } catch (error) {
        attempt += 1
        await reader?.close().catch(() => {})
        reader = undefined
        await this.#waitAfter(error, attempt)
      }
    }
    await reader?.close().catch(() => {})
  }

  async #waitAfter(error: unknown, attempt: number): Promise<void> {
    this.#logger.warn({ topic: this.#slot.spec.topic, error: String(error) }, 'a table cannot be followed for now')
    await this.#wakeup.wait(backoffMs(BACKOFF, attempt, this.#random))
  }

  #announced(partition: number, task: string, watermarkMs: number): void {
    const known = this.#watermarks[partition]
    known?.set(task, Math.max(known.get(task) ?? watermarkMs, watermarkMs))
  }

  #open(): Promise<LogReader> {
    const { topic, partitions } = this.#slot.spec
    const all = Array.from({ length: partitions }, (_, partition): TopicPartition => ({ topic, partition }))
    return this.#driver.reader(all.map((at) => ({ at, offset: this.#next.get(partitionKey(at)) ?? 'earliest' })))
  }

  async #read(reader: LogReader): Promise<number> {
    const records = await reader.poll(READ_RECORDS, READ_WAIT_MS)
    for (const record of records) {
      const watermarkMs = watermarkOf(record.headers)
      if (watermarkMs === undefined) await this.#slot.apply(new QueuedRecord(this.#slot.spec, record))
      else this.#announced(record.partition, record.headers[TASK_HEADER] ?? '', watermarkMs)
      this.#next.set(partitionKey(record), record.offset + 1n)
    }
    return records.length
  }
}

const unknown = (tasks: readonly string[]): Map<string, number> =>
  new Map(tasks.map((task) => [task, Number.NEGATIVE_INFINITY]))
