import type { SimGroup } from './sim-group.ts'
import type { SimPartition } from './sim-partition.ts'

/** Who writes: a transactional id's number, and how many have had it before. */
export interface ProducerIdentity {
  readonly producerId: number
  readonly epoch: number
}

/** One transaction, from its first write to the last of its markers. */
export interface Transaction {
  readonly identity: ProducerIdentity
  readonly startedMs: number
  readonly partitions: Set<SimPartition>
  readonly groups: Set<SimGroup>
  decision: 'commit' | 'abort' | undefined
  /** Markers that are not written yet. */
  markersLeft: number
}
