/** Facts about an object, kept beside it: where it was fetched, when, with which status. */
export type Sidecar = Readonly<Record<string, string>>

/**
 * Immutable bytes under a key that their content decides. Putting a key that exists keeps what is there, so a repeat
 * is free and nobody can change a fact.
 */
export interface ObjectStore {
  /** Resolves once the bytes are stored whole; nobody ever reads half of them. */
  put(key: string, bytes: Uint8Array, sidecar?: Sidecar): Promise<void>
  /** Throws ObjectNotFoundError naming the key. */
  get(key: string): Promise<Uint8Array>
  has(key: string): Promise<boolean>
  /** Keys that begin with `prefix`, in no order. Sidecars are not keys. */
  list(prefix: string): Promise<string[]>
}

/** There is no object under the key. */
export class ObjectNotFoundError extends Error {
  override readonly name = 'ObjectNotFoundError'
  readonly key: string
  constructor(key: string, where: string) {
    super(`no object ${key} in ${where}`)
    this.key = key
  }
}
