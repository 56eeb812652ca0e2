import { partitionKey, type TopicPartition } from '../../../record.ts'
import type { BatchIdentity } from '../records/batch-writer.ts'

/** One life of a producer id at one epoch: brokers recognise its batches by the sequence numbers it gives. */
export class ProducerSession {
  readonly producerId: number
  readonly producerEpoch: number
  readonly transactional: boolean
  readonly #next = new Map<string, number>()

  constructor(producerId: number, producerEpoch: number, transactional: boolean) {
    this.producerId = producerId
    this.producerEpoch = producerEpoch
    this.transactional = transactional
  }

  /** What the next batch of so many records is known by. Numbers begin again at zero after 2^31 - 1. */
  identify(at: TopicPartition, count: number): BatchIdentity {
    const key = partitionKey(at)
    const sequence = this.#next.get(key) ?? 0
    this.#next.set(key, (sequence + count) % 0x8000_0000)
    const { producerId, producerEpoch, transactional } = this
    return { producerId, producerEpoch, sequence, transactional }
  }
}
