import type { TopicSpec } from '../graph.ts'
import { GlobalTable } from '../state/global-table.ts'
import type { Timed } from '../task/partition-group.ts'
import { isPromise, type QueuedRecord } from '../task/queued-record.ts'
import type { QueueOwner, UnitQueue } from './unit-queue.ts'

/** A global table inside the unit: its topic's records are taken in the same order of time as everything else. */
export class TableSlot implements QueueOwner {
  readonly spec: TopicSpec
  readonly table = new GlobalTable<unknown>()
  readonly queues: UnitQueue[] = []
  readonly #onUnreadable: (record: QueuedRecord, error: unknown) => void
  dirty = false

  constructor(spec: TopicSpec, onUnreadable: (record: QueuedRecord, error: unknown) => void) {
    this.spec = spec
    this.#onUnreadable = onUnreadable
  }

  /** A record that cannot be read leaves the table as it was, and is reported. */
  handle(queue: UnitQueue, item: Timed): void | Promise<void> {
    const record = item as QueuedRecord
    queue.position = Number(record.offset) + 1
    this.dirty = true
    return this.apply(record)
  }

  apply(record: QueuedRecord): void | Promise<void> {
    try {
      const decoding = record.decode()
      if (!isPromise(decoding)) return this.#set(decoding)
      return decoding.then(
        (input) => this.#set(input),
        (error) => this.#onUnreadable(record, error),
      )
    } catch (error) {
      this.#onUnreadable(record, error)
    }
  }

  #set(input: { readonly key: string | undefined; readonly value: unknown }): void {
    if (input.key !== undefined) this.table.set(input.key, input.value)
  }
}
