import { partitionKey } from '../../../record.ts'
import { topicMissing } from '../../kafka/failures.ts'
import { isPassing } from '../failures.ts'
import type { Backoff } from '../network/backoff.ts'
import type { Cluster } from '../network/cluster.ts'
import type { Api } from '../protocol/api.ts'
import { BrokerError, CODES, check } from '../protocol/error-codes.ts'
import type { PRODUCE } from '../protocol/record-messages.ts'
import type { ValueOf } from '../protocol/types.ts'
import { DELIVERY_PATIENCE_MS, IN_FLIGHT_MAX } from '../settings.ts'
import type { OutgoingBatch, OutgoingPartition } from './outgoing.ts'

type ProduceRequest = ValueOf<typeof PRODUCE.request>
type ProduceAnswer = ValueOf<typeof PRODUCE.response>
type PartitionAnswer = ProduceAnswer['topics'][number]['partitions'][number]

const ALL_REPLICAS = -1
const REPLICAS_TIMEOUT_MS = 8_000
const REQUEST_TIMEOUT_MS = 12_000

interface Lane {
  readonly to: OutgoingPartition
  /** Batches that a broker has confirmed; they come in order. */
  confirmed: number
  /** Batches that were sent, of which some may be under way. */
  sent: number
  underWay: number
  /** A batch failed: when nothing is under way any more, all from it on are sent again, with their old numbers. */
  rewind: boolean
}

/**
 * Brings the batches of one commit to their partitions. Up to five of a partition are under way at a time. After a failure
 * that may pass, the partition waits until all its answers are there, then sends again from the first unconfirmed batch:
 * brokers drop what they have already, by sequence number, and refuse what would leave a gap.
 */
export class Delivery {
  readonly #cluster: Cluster
  readonly #api: Api<ProduceRequest, ProduceAnswer>
  readonly #transactionalId: string | null
  readonly #lanes: readonly Lane[]
  readonly #untilMs = performance.now() + DELIVERY_PATIENCE_MS
  readonly #backoff: Backoff
  #requests = 0
  #failure: { readonly error: unknown } | undefined
  #pause: Promise<void> | undefined
  #settle: (() => void) | undefined

  constructor(
    cluster: Cluster,
    api: Api<ProduceRequest, ProduceAnswer>,
    transactionalId: string | null,
    partitions: readonly OutgoingPartition[],
  ) {
    this.#cluster = cluster
    this.#api = api
    this.#transactionalId = transactionalId
    this.#backoff = cluster.backoff()
    this.#lanes = partitions.map((to) => ({ to, confirmed: 0, sent: 0, underWay: 0, rewind: false }))
  }

  /**
   * Resolves when every batch has its offset. Rejects only when nothing is under way any more, so that what is decided
   * then is not overtaken by a batch that comes late.
   */
  async run(): Promise<void> {
    const settled = new Promise<void>((resolve) => {
      this.#settle = resolve
    })
    this.#pump()
    await settled
    if (this.#failure !== undefined) throw this.#failure.error
  }

  #pump(): void {
    for (let sending = true; sending && this.#failure === undefined && this.#pause === undefined; )
      sending = this.#sendRound()
    const isDone =
      this.#failure !== undefined || this.#lanes.every(({ to, confirmed }) => confirmed === to.batches.length)
    if (isDone && this.#requests === 0 && this.#pause === undefined) this.#settle?.()
  }

  /** One request to each leader, with the next batch of each partition that may have one. */
  #sendRound(): boolean {
    const ready = this.#lanes.filter(
      ({ to, sent, underWay, rewind }) => !rewind && underWay < IN_FLIGHT_MAX && sent < to.batches.length,
    )
    if (ready.length === 0) return false
    try {
      const byLeader = Map.groupBy(ready, ({ to }) => this.#cluster.leaderOf(to.topic, to.partition).leaderId)
      for (const [leaderId, lanes] of byLeader) void this.#send(leaderId, lanes)
      return true
    } catch (error) {
      this.#failed(ready, error)
      return false
    }
  }

  async #send(leaderId: number, lanes: readonly Lane[]): Promise<void> {
    const batches = new Map(lanes.map((lane) => [lane, lane.to.batches[lane.sent] as OutgoingBatch]))
    for (const lane of lanes) {
      lane.sent++
      lane.underWay++
    }
    this.#requests++
    try {
      const body = this.#bodyOf(batches)
      const answer = await this.#cluster.request(leaderId, 'requests', this.#api, body, REQUEST_TIMEOUT_MS)
      for (const lane of lanes) lane.underWay--
      const answers = answersOf(answer)
      for (const [lane, batch] of batches) this.#confirm(lane, batch, answers.get(partitionKey(lane.to)))
    } catch (error) {
      for (const lane of lanes) lane.underWay--
      this.#failed(lanes, error)
    } finally {
      this.#requests--
      this.#rewindIdle()
      this.#pump()
    }
  }

  #bodyOf(batches: ReadonlyMap<Lane, OutgoingBatch>): ProduceRequest {
    const topics = [...Map.groupBy(batches, ([lane]) => lane.to.topic)].map(([name, group]) => ({
      name,
      partitions: group.map(([lane, batch]) => ({ partition: lane.to.partition, records: batch.bytes })),
    }))
    return { transactionalId: this.#transactionalId, acks: ALL_REPLICAS, timeoutMs: REPLICAS_TIMEOUT_MS, topics }
  }

  #confirm(lane: Lane, batch: OutgoingBatch, answer: PartitionAnswer | undefined): void {
    const doing = `writing to ${partitionKey(lane.to)}`
    try {
      if (answer === undefined) throw new BrokerError(CODES.LEADER_NOT_AVAILABLE, doing)
      // Confirmed long ago: only where it lies is not known any more.
      if (answer.errorCode !== CODES.DUPLICATE_SEQUENCE_NUMBER) check(answer.errorCode, doing, answer.errorMessage)
      batch.baseOffset = answer.baseOffset
      lane.confirmed++
    } catch (error) {
      const isGap = error instanceof BrokerError && error.code === CODES.OUT_OF_ORDER_SEQUENCE_NUMBER
      // Behind a batch that failed a gap is what has to be.
      if (isGap && lane.to.batches[lane.confirmed] !== batch) lane.rewind = true
      else this.#failed([lane], error)
    }
  }

  #failed(lanes: readonly Lane[], error: unknown): void {
    const fatal = !isPassing(error) || (error instanceof BrokerError && error.kind === 'abort')
    if (fatal || performance.now() > this.#untilMs) {
      this.#failure ??= { error: missingIfSo(error, lanes) }
      return
    }
    for (const lane of lanes) lane.rewind = true
    const isMoved = !(error instanceof BrokerError) || error.kind === 'moved'
    this.#pause ??= this.#waitAndLook(isMoved).finally(() => {
      this.#pause = undefined
      this.#rewindIdle()
      this.#pump()
    })
  }

  async #waitAndLook(isMoved: boolean): Promise<void> {
    await this.#backoff.wait()
    if (!isMoved) return
    await this.#cluster.refresh().catch((error: unknown) => {
      if (!isPassing(error) || performance.now() > this.#untilMs) this.#failure ??= { error }
    })
  }

  #rewindIdle(): void {
    for (const lane of this.#lanes) {
      if (!lane.rewind || lane.underWay > 0) continue
      lane.rewind = false
      lane.sent = lane.confirmed
    }
  }
}

/** Asks for the leaders of topics that were never written to. */
export async function findLeaders(cluster: Cluster, partitions: readonly OutgoingPartition[]): Promise<void> {
  const unknown = partitions.map(({ topic }) => topic).filter((topic) => !cluster.knows(topic))
  if (unknown.length > 0) await cluster.refresh(unknown)
}

function answersOf(answer: ProduceAnswer): ReadonlyMap<string, PartitionAnswer> {
  const all = answer.topics.flatMap(({ name, partitions }) =>
    partitions.map((of) => [partitionKey({ topic: name, partition: of.partition }), of] as const),
  )
  return new Map(all)
}

function missingIfSo(error: unknown, lanes: readonly Lane[]): unknown {
  const unknown = error instanceof BrokerError && error.code === CODES.UNKNOWN_TOPIC_OR_PARTITION
  return unknown ? topicMissing(lanes.map(({ to }) => partitionKey(to)).join(', '), error) : error
}
