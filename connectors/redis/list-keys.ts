/** The keys of one bridged list. All lie in the slot of the list, so that one script may touch them on a Redis Cluster too. */
export interface ListKeys {
  readonly list: string
  /** What an instance has taken and not let go of. */
  processing(id: string): string
  /** There while the instance lives. */
  lease(id: string): string
  /** Instances that may have something in a processing list. */
  readonly instances: string
  /** Items nobody can read, each with the reason. */
  readonly dead: string
  /** How far each partition was pushed: the offset of its last record, by `topic-partition`. */
  readonly fence: string
  /** What the list is switched to, where that was done while running: in, out, off. */
  readonly direction: string
}

/**
 * Names as the contract has them, `stonks:queue:parsing:dead`. On a cluster the list's name is put in braces in all but the
 * list itself: `{stonks:queue:parsing}:dead` hashes like `stonks:queue:parsing`, whose name older services keep.
 */
export function listKeysOf(list: string, isCluster: boolean): ListKeys {
  const base = isCluster && !/\{[^}]+\}/.test(list) ? `{${list}}` : list
  return {
    list,
    processing: (id) => `${base}:processing:${id}`,
    lease: (id) => `${base}:lease:${id}`,
    instances: `${base}:instances`,
    dead: `${base}:dead`,
    fence: `${base}:fence`,
    direction: `${base}:direction`,
  }
}
