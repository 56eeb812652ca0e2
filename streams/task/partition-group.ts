/** What can stand in a queue. */
export interface Timed {
  readonly timestampMs: number
}

/** First in, first out, over one partition. `order` breaks ties between queues whose heads are equally old. */
export class PartitionQueue<T extends Timed> {
  readonly order: number
  #items: T[] = []
  #first = 0
  /** Place in the group's heap, -1 when not in it. The group's own. */
  place = -1
  paused = false

  constructor(order: number) {
    this.order = order
  }

  get size(): number {
    return this.#items.length - this.#first
  }

  head(): T | undefined {
    return this.#items[this.#first]
  }

  *waiting(): Iterable<T> {
    for (let i = this.#first; i < this.#items.length; i++) yield this.#items[i] as T
  }

  put(item: T): void {
    this.#items.push(item)
  }

  take(): T | undefined {
    const item = this.#items[this.#first]
    if (item === undefined) return undefined
    this.#first += 1
    if (this.#first === this.#items.length) {
      this.#items = []
      this.#first = 0
    } else if (this.#first > 1024 && this.#first * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#first)
      this.#first = 0
    }
    return item
  }
}

/**
 * Chooses which buffered record is handled next: the oldest head among its queues, by a heap over the queues that are not
 * empty and not paused; equally old heads go by the queues' `order`.
 *
 * Streams that are joined must advance together in event time. Were records taken in arrival order, a news document could
 * be priced with a bar that closed after it was published. Within a queue order is by offset, whatever the timestamps say.
 */
export class PartitionGroup<Q extends PartitionQueue<T>, T extends Timed> {
  readonly #heap: Q[] = []
  #size = 0
  #streamTimeMs = -1

  /** Records waiting, those of paused queues included. */
  get size(): number {
    return this.#size
  }

  /** The highest timestamp handed out so far; it never goes back. */
  get streamTimeMs(): number {
    return this.#streamTimeMs
  }

  push(queue: Q, item: T): void {
    queue.put(item)
    this.#size += 1
    if (queue.place < 0 && !queue.paused) this.#insert(queue)
  }

  /** The queue that is next, without taking its head. */
  peek(): Q | undefined {
    return this.#heap[0]
  }

  /** Takes the head of the queue that `peek` gave. */
  poll(): T | undefined {
    const queue = this.#heap[0]
    const item = queue?.take()
    if (queue === undefined || item === undefined) return undefined
    this.#size -= 1
    if (queue.size === 0) this.#remove(queue)
    else this.#sink(0)
    if (item.timestampMs > this.#streamTimeMs) this.#streamTimeMs = item.timestampMs
    return item
  }

  /** Keeps a queue's records back until `resume`. */
  pause(queue: Q): void {
    queue.paused = true
    if (queue.place >= 0) this.#remove(queue)
  }

  resume(queue: Q): void {
    queue.paused = false
    if (queue.place < 0 && queue.size > 0) this.#insert(queue)
  }

  #insert(queue: Q): void {
    this.#heap.push(queue)
    queue.place = this.#heap.length - 1
    this.#rise(queue.place)
  }

  #remove(queue: Q): void {
    const place = queue.place
    const last = this.#heap.pop()
    queue.place = -1
    if (last === undefined || last === queue) return
    this.#set(place, last)
    this.#rise(place)
    this.#sink(last.place)
  }

  #set(place: number, queue: Q): void {
    this.#heap[place] = queue
    queue.place = place
  }

  #rise(from: number): void {
    const queue = this.#heap[from] as Q
    let place = from
    while (place > 0) {
      const parent = this.#heap[(place - 1) >> 1] as Q
      if (!isEarlier(queue, parent)) break
      this.#set(place, parent)
      place = (place - 1) >> 1
    }
    this.#set(place, queue)
  }

  #sink(from: number): void {
    const heap = this.#heap
    const queue = heap[from] as Q
    let place = from
    for (let child = place * 2 + 1; child < heap.length; child = place * 2 + 1) {
      const right = heap[child + 1]
      if (right !== undefined && isEarlier(right, heap[child] as Q)) child += 1
      const best = heap[child] as Q
      if (!isEarlier(best, queue)) break
      this.#set(place, best)
      place = child
    }
    this.#set(place, queue)
  }
}

function isEarlier<T extends Timed>(a: PartitionQueue<T>, b: PartitionQueue<T>): boolean {
  const [aMs, bMs] = [(a.head() as T).timestampMs, (b.head() as T).timestampMs]
  return aMs === bMs ? a.order < b.order : aMs < bMs
}
