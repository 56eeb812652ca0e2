import type { SimProcess } from './sim-process.ts'

/** Something that happens at a moment of the simulated time. */
export interface SimEvent {
  atMs: number
  /** Decides between events of the same moment. */
  order: number
  /** Whose doing it is: it does not happen once its owner is dead, and waits while that is stopped. */
  readonly owner: SimProcess | undefined
  readonly run: () => void
  cancelled: boolean
}

/** Events, the earliest first: a binary heap. */
export class EventQueue {
  readonly #heap: SimEvent[] = []

  get size(): number {
    return this.#heap.length
  }

  push(event: SimEvent): void {
    const heap = this.#heap
    let place = heap.push(event) - 1
    while (place > 0) {
      const parent = (place - 1) >> 1
      const above = heap[parent] as SimEvent
      if (!isEarlier(event, above)) break
      heap[place] = above
      place = parent
    }
    heap[place] = event
  }

  pop(): SimEvent | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || first === last) return first
    let place = 0
    for (let child = 1; child < heap.length; child = place * 2 + 1) {
      const right = heap[child + 1]
      if (right !== undefined && isEarlier(right, heap[child] as SimEvent)) child += 1
      const below = heap[child] as SimEvent
      if (!isEarlier(below, last)) break
      heap[place] = below
      place = child
    }
    heap[place] = last
    return first
  }
}

const isEarlier = (a: SimEvent, b: SimEvent): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
