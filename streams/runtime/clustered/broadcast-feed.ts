import type { TopicSpec } from '../../graph.ts'
import type { LogDriver, LogReader } from '../../log/port.ts'
import type { TopicPartition } from '../../record.ts'
import { QueuedRecord } from '../../task/queued-record.ts'
import type { LogTask } from './log-task.ts'

const READ_RECORDS = 1_000

/**
 * Broadcast topics, for all tasks of a session: read whole, by a reader outside the group, from the task that is least
 * far; each task drops what it had. When tasks come or go the reader starts anew.
 */
export class BroadcastFeed {
  readonly #driver: LogDriver
  readonly #specs: ReadonlyMap<string, TopicSpec>
  #reader: LogReader | undefined
  #stale = true

  constructor(driver: LogDriver, specs: ReadonlyMap<string, TopicSpec>) {
    this.#driver = driver
    this.#specs = specs
  }

  /** The tasks are others now. */
  restart(): void {
    this.#stale = true
  }

  /** Hands out what there is, without waiting. */
  async read(tasks: Iterable<LogTask>): Promise<void> {
    const all = [...tasks]
    if (this.#stale) await this.#open(all)
    if (this.#reader === undefined) return
    for (const record of await this.#reader.poll(READ_RECORDS, 0)) {
      const spec = this.#specs.get(record.topic)
      if (spec === undefined) continue
      const queued = new QueuedRecord(spec, record)
      for (const task of all) task.offer(queued)
    }
  }

  async close(): Promise<void> {
    await this.#reader?.close()
    this.#reader = undefined
  }

  async #open(tasks: readonly LogTask[]): Promise<void> {
    await this.close()
    const from = new Map<string, { at: TopicPartition; offset: bigint }>()
    for (const { key, at, next } of tasks.flatMap((task) => task.inputs.shared)) {
      const known = from.get(key)
      if (known === undefined || next < known.offset) from.set(key, { at, offset: next })
    }
    if (from.size > 0) this.#reader = await this.#driver.reader([...from.values()])
    this.#stale = false
  }
}
