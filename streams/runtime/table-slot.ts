import type { TopicSpec } from '../graph.ts'
import { GlobalTable } from '../state/global-table.ts'
import type { Timed } from '../task/partition-group.ts'
import { isPromise, type QueuedRecord } from '../task/queued-record.ts'
import type { QueueOwner, UnitQueue } from './unit-queue.ts'

/** A global table inside the unit: bounded by sources its topic's records are taken in the same order of time
 * as everything else, live as soon as they are there. */
export class TableSlot implements QueueOwner {
  readonly spec: TopicSpec
  readonly table = new GlobalTable<unknown>()
  readonly queues: UnitQueue[] = []
  readonly #onUnreadable: (record: QueuedRecord, error: unknown) => void
  #applying: Promise<void> | undefined
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

  /** In the order of the calls, also where decoding one takes longer than the next. */
  apply(record: QueuedRecord): void | Promise<void> {
    if (this.#applying === undefined) {
      const running = this.#decode(record)
      return running === undefined ? undefined : this.#follow(running)
    }
    return this.#follow(this.#applying.then(() => this.#decode(record)))
  }

  #follow(running: Promise<void>): Promise<void> {
    const followed = running.finally(() => {
      if (this.#applying === followed) this.#applying = undefined
    })
    this.#applying = followed
    return followed
  }

  #decode(record: QueuedRecord): void | Promise<void> {
    try {
      const decoding = record.decode()
      if (!isPromise(decoding)) {
        this.#set(decoding)
        return
      }
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
