/** Who writes: a transactional id's number, and how many have had it before. */
export interface ProducerIdentity {
  readonly producerId: number
  readonly epoch: number
}

/** Where a transaction has written, and where its marker has to go: a partition, or a group. */
export interface Participant {
  mark(transaction: Transaction): void
}

/** One transaction, from its first write to the last of its markers. */
export interface Transaction {
  readonly identity: ProducerIdentity
  readonly participants: Set<Participant>
  decision: 'commit' | 'abort' | undefined
  /** Markers that are not written yet. */
  markersLeft: number
}
