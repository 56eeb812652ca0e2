import { setTimeout as sleep } from 'node:timers/promises'
import type { ProducerRecord } from '../../record.ts'
import { asNative, CODES } from './failures.ts'
import { toBuffer, toNativeHeaders } from './messages.ts'
import { type NativeError, type NativeProducer, promised } from './native.ts'

const FLUSH_TIMEOUT_MS = 15_000
const FULL_WAIT_MS = 5

interface Batch {
  readonly offsets: bigint[]
  left: number
  failure: NativeError | undefined
  settle: () => void
}

interface Ticket {
  readonly batch: Batch
  readonly index: number
}

interface Report {
  readonly offset: number
  readonly opaque: Ticket
}

/** Hands records to the client and waits until brokers have told the offset of each. */
export class Deliveries {
  readonly #producer: NativeProducer

  constructor(producer: NativeProducer) {
    this.#producer = producer
    producer.setPollInBackground(true)
    producer.on('delivery-report', (error: NativeError | null, report: Report) => {
      const { batch, index } = report.opaque
      if (error) batch.failure ??= error
      else batch.offsets[index] = BigInt(report.offset)
      batch.left -= 1
      if (batch.left === 0) batch.settle()
    })
  }

  /** Offsets in the order of the records. @throws the client's error of the first record that did not get there. */
  async send(outputs: readonly ProducerRecord[]): Promise<readonly bigint[]> {
    if (outputs.length === 0) return []
    const { promise, resolve } = Promise.withResolvers<void>()
    const offsets = new Array<bigint>(outputs.length).fill(-1n)
    const batch: Batch = { offsets, left: outputs.length, failure: undefined, settle: resolve }
    for (const [index, output] of outputs.entries()) await this.#produce(output, { batch, index })
    // Sends what lingers at once. Each record has a time-out of its own, after which its report comes too.
    await promised<void>((done) => this.#producer.flush(FLUSH_TIMEOUT_MS, done)).catch(() => undefined)
    await promise
    if (batch.failure !== undefined) throw batch.failure
    return batch.offsets
  }

  async #produce(output: ProducerRecord, ticket: Ticket): Promise<void> {
    const { topic, partition, timestampMs, key, value, headers } = output
    for (;;) {
      try {
        const native = toNativeHeaders(headers)
        return void this.#producer.produce(
          topic,
          partition,
          toBuffer(value),
          toBuffer(key),
          timestampMs,
          ticket,
          native,
        )
      } catch (error) {
        if (asNative(error).code !== CODES.QUEUE_FULL) throw error
        await sleep(FULL_WAIT_MS)
      }
    }
  }
}
