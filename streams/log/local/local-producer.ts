import { StreamsError } from '../../errors.ts'
import type { CommitBatch, LogProducer } from '../port.ts'
import { LocalConsumer } from './local-consumer.ts'
import type { LocalLog } from './local-log.ts'

/** Who may write under a transactional id: the last one to ask. */
export class ProducerEpochs {
  readonly #epochs = new Map<string, number>()

  next(transactionalId: string): number {
    const epoch = (this.#epochs.get(transactionalId) ?? 0) + 1
    this.#epochs.set(transactionalId, epoch)
    return epoch
  }

  isLatest(transactionalId: string, epoch: number): boolean {
    return this.#epochs.get(transactionalId) === epoch
  }
}

/** Outputs and offsets of a batch become one write. */
export class LocalProducer implements LogProducer {
  readonly #log: LocalLog
  readonly #epochs: ProducerEpochs
  readonly #transactionalId: string
  readonly #epoch: number

  constructor(log: LocalLog, epochs: ProducerEpochs, transactionalId: string) {
    this.#log = log
    this.#epochs = epochs
    this.#transactionalId = transactionalId
    this.#epoch = epochs.next(transactionalId)
  }

  async commit(batch: CommitBatch): Promise<readonly bigint[]> {
    if (!this.#epochs.isLatest(this.#transactionalId, this.#epoch))
      throw this.#fenced('a newer producer has its transactional id')
    const offsets = [...batch.offsets.values()]
    const consumer = batch.consumer
    if (consumer instanceof LocalConsumer && offsets.some(({ at }) => !consumer.owns(at))) {
      throw this.#fenced('its consumer no longer owns every partition of the commit')
    }
    const writing = this.#log.begin()
    try {
      const written = batch.outputs.map((record) => writing.append(record))
      writing.commit(
        offsets.map(({ at, committed }) => ({ groupId: batch.groupId, at, committed })),
        [],
      )
      return written
    } catch (error) {
      writing.abandon()
      throw error
    }
  }

  async close(): Promise<void> {}

  #fenced(reason: string): StreamsError {
    return new StreamsError('PRODUCER_FENCED', `${this.#transactionalId} may not commit: ${reason}`, {
      transactionalId: this.#transactionalId,
    })
  }
}
