import type { TopicSpec } from '../graph.ts'
import type { Timed } from '../task/partition-group.ts'
import type { HeldOutput, SourceSlot } from './source-slot.ts'
import { type QueueOwner, UnitQueue } from './unit-queue.ts'

/** No topic: what is held has no place in the log yet. */
const NOWHERE: TopicSpec = {
  name: '',
  topic: '',
  partitions: 1,
  cleanup: 'delete',
  retentionMs: 0,
  value: { serialize: () => new Uint8Array(), deserialize: () => undefined },
}

class Release implements QueueOwner {
  readonly #slot: SourceSlot

  constructor(slot: SourceSlot) {
    this.#slot = slot
  }

  handle(_queue: UnitQueue, item: Timed): void {
    this.#slot.release(item as HeldOutput)
  }
}

/** The held records of a source, standing in the unit's order of time like any input. */
export class HeldQueue extends UnitQueue {
  constructor(order: number, slot: SourceSlot) {
    super(order, new Release(slot), NOWHERE, 0, 0)
    this.behind = false
  }

  override notice(): void {}
}
