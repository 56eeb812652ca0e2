import { StreamsError } from '../../errors.ts'
import type { StateDisk } from '../../runtime/clustered/state-disk.ts'
import { MemoryBacking } from '../../state/backing.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { SimProcess } from './sim-process.ts'

type Entry = readonly [string, string | undefined]
type Write = readonly { readonly storeId: string; readonly entries: readonly Entry[] }[]

/** A machine's disk. Writes are whole, and in order; those of the last moments may be gone after the machine fell. */
export class SimDisk {
  readonly stores = new Map<string, MemoryBacking>()
  isFull = false
  /** Told before and after each write: where a process may be struck. */
  watch: ((by: SimProcess, phase: 'sent' | 'done') => void) | undefined
  #unflushed: Write[] = []
  #flushed: Write[] = []

  /** The disk as one process has it open. */
  openedBy(process: SimProcess): StateDisk {
    return {
      backing: (storeId) => this.#store(storeId),
      write: ({ stores }) => {
        this.watch?.(process, 'sent')
        if (!process.alive) return
        if (this.isFull) throw new StreamsError('DISK_FULL', 'no space is left on the disk')
        const write = stores.map(({ storeId, entries }) => ({ storeId, entries: [...entries] }))
        this.#apply(write)
        this.#unflushed.push(write)
        this.watch?.(process, 'done')
      },
      close: async () => this.flush(),
    }
  }

  flush(): void {
    this.#flushed.push(...this.#unflushed)
    this.#unflushed = []
  }

  /** The machine fell: some of the last writes were never on the disk. */
  loseTail(random: SeededRandom): void {
    this.#unflushed.length = random.between(0, this.#unflushed.length)
    this.flush()
    this.stores.clear()
    for (const write of this.#flushed) this.#apply(write)
  }

  #apply(write: Write): void {
    for (const { storeId, entries } of write) this.#store(storeId).apply(entries)
  }

  #store(storeId: string): MemoryBacking {
    const store = this.stores.get(storeId) ?? new MemoryBacking()
    this.stores.set(storeId, store)
    return store
  }
}
