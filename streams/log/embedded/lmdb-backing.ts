import type { Database } from 'lmdb'
import type { StoreBacking } from '../../state/backing.ts'
import { afterPrefix, keyOfStoreKey, storeKey, storePrefix } from './keys.ts'

/** One task's store among all in an lmdb database. Keys up to about 900 characters, store name included. */
export class LmdbBacking implements StoreBacking {
  readonly #db: Database<string, Buffer>
  readonly #prefix: Buffer

  constructor(db: Database<string, Buffer>, storeId: string) {
    this.#db = db
    this.#prefix = storePrefix(storeId)
  }

  get(key: string): string | undefined {
    return this.#db.get(storeKey(this.#prefix, key))
  }

  *range(from: string | undefined, to: string | undefined): Iterable<readonly [string, string]> {
    const start = storeKey(this.#prefix, from ?? '')
    const end = to === undefined ? afterPrefix(this.#prefix) : storeKey(this.#prefix, to)
    if (Buffer.compare(start, end) >= 0) return
    for (const { key, value } of this.#db.getRange({ start, end })) yield [keyOfStoreKey(this.#prefix, key), value]
  }

  /** Inside a transaction of the database. Sorted, so that neighbours are written together. */
  write(entries: Iterable<readonly [string, string | undefined]>): void {
    const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    for (const [key, value] of sorted) {
      if (value === undefined) this.#db.removeSync(storeKey(this.#prefix, key))
      else this.#db.putSync(storeKey(this.#prefix, key), value)
    }
  }
}
