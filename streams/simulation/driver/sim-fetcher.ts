import { type LogRecord, partitionKey, type TopicPartition } from '../../record.ts'
import { BrokerError } from '../broker/broker-error.ts'
import type { Entry } from '../broker/sim-partition.ts'
import { type SimClient, toStreamsError } from './sim-client.ts'

const WAIT_MS = 400
const RETRY_MS = 60
const BUFFERED_MAX = 400

interface Position {
  readonly at: TopicPartition
  readonly next: number
}

/** Fetches ahead what was assigned, one request at a time. */
export class SimFetcher {
  readonly #client: SimClient
  readonly #onRecords: () => void
  readonly #paused = new Set<string>()
  #positions = new Map<string, Position>()
  #buffer: LogRecord[] = []
  #failure: unknown
  /** Counts assignments; answers of an earlier one are dropped. */
  #term = 0
  #fetching = false

  constructor(client: SimClient, onRecords: () => void) {
    this.#client = client
    this.#onRecords = onRecords
  }

  assign(positions: Map<string, Position>): void {
    this.#term += 1
    this.#positions = positions
    this.#buffer = []
    this.#paused.clear()
    this.#fetching = false
    this.#fetch()
  }

  pause(partitions: readonly TopicPartition[], paused: boolean): void {
    for (const at of partitions) {
      if (paused) this.#paused.add(partitionKey(at))
      else this.#paused.delete(partitionKey(at))
    }
    this.#fetch()
  }

  /** The next offset to be taken: what is fetched and not taken lies ahead of it. */
  position(at: TopicPartition): bigint | undefined {
    const waiting = this.#buffer.find((one) => one.topic === at.topic && one.partition === at.partition)
    const next = this.#positions.get(partitionKey(at))?.next
    return waiting?.offset ?? (next === undefined ? undefined : BigInt(next))
  }

  /** What is here already. Throws what makes going on impossible. */
  take(recordsMax: number): readonly LogRecord[] {
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw toStreamsError(failure, 'reading')
    const taken: LogRecord[] = []
    const kept: LogRecord[] = []
    for (const record of this.#buffer) {
      const isTaken = taken.length < recordsMax && !this.#paused.has(partitionKey(record))
      ;(isTaken ? taken : kept).push(record)
    }
    this.#buffer = kept
    if (taken.length > 0) this.#fetch()
    return taken
  }

  #fetch(): void {
    const from = new Map([...this.#positions].filter(([key]) => !this.#paused.has(key)))
    if (this.#fetching || from.size === 0 || this.#buffer.length > BUFFERED_MAX) return
    this.#fetching = true
    const term = this.#term
    const mine = (): boolean => this.#term === term
    this.#client
      .call('Fetch', (broker) => broker.fetch(from, WAIT_MS), WAIT_MS + 2_000)
      .then(
        (fetched) => {
          if (!mine()) return
          for (const { at, records, next } of fetched) {
            for (const entry of records) this.#buffer.push(toLogRecord(at, entry))
            this.#positions.set(partitionKey(at), { at, next })
          }
          if (fetched.length > 0) this.#onRecords()
        },
        (error) => {
          if (mine() && !(error instanceof BrokerError && error.isRetriable)) this.#failure = error
          // Brokers that are away are waited for; polls bring nothing meanwhile.
          return this.#client.clock.sleep(RETRY_MS)
        },
      )
      .then(() => {
        if (!mine()) return
        this.#fetching = false
        this.#fetch()
      })
  }
}

function toLogRecord(at: TopicPartition, { offset, record }: Entry): LogRecord {
  if (record === undefined) throw new RangeError('a marker is no record')
  const { timestampMs, key, value, headers } = record
  return { topic: at.topic, partition: at.partition, offset: BigInt(offset), timestampMs, key, value, headers }
}
