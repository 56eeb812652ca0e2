import type { LogRecord, TopicPartition } from '../../../record.ts'
import { partitionKey } from '../../../record.ts'
import type { Peek } from '../../operations.ts'
import type { Cluster } from '../network/cluster.ts'
import { check } from '../protocol/error-codes.ts'
import { FETCH, type FetchedPartition } from '../protocol/record-messages.ts'
import { VisibleRecords } from '../records/visible-records.ts'

const READ_COMMITTED = 1
/** Enough for the batch that a record lies in; for a larger one it is asked again. */
const PARTITION_BYTES = 64 * 1024
const LARGE_BYTES = 16 * 1024 * 1024
const ANSWER_BYTES = 16 * 1024 * 1024
/** A partition that shows nothing in so many answers is given up; what it has is then not known exactly. */
const ROUNDS_MAX = 50

export interface PeekFrom {
  readonly at: TopicPartition
  readonly offset: bigint
  readonly end: bigint
}

/** Looks at what is next in many partitions at once, with few and small answers. */
export async function peek(
  cluster: Cluster,
  from: readonly PeekFrom[],
  countMax: number,
): Promise<ReadonlyMap<string, Peek>> {
  const looks = from.map((one) => new Look(one, countMax))
  if (looks.length > 0) await cluster.refresh(new Set(from.map(({ at }) => at.topic)))
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const open = looks.filter((look) => !look.isDone)
    if (open.length === 0) break
    await fetchRound(cluster, open)
  }
  return new Map(looks.map((look) => [partitionKey(look.at), look.seen]))
}

async function fetchRound(cluster: Cluster, open: readonly Look[]): Promise<void> {
  const byLeader = Map.groupBy(open, ({ at }) => cluster.leaderOf(at.topic, at.partition).leaderId)
  await Promise.all(
    [...byLeader].map(async ([leaderId, looks]) => {
      // The first partition of a request gets a whole batch, however large; who got none goes first the next time.
      const asked = looks.toSorted((a, b) => Number(b.isUnserved) - Number(a.isUnserved))
      const byPlace = new Map(
        asked.map((look) => [placeOf(cluster.topic(look.at.topic).topicId, look.at.partition), look]),
      )
      const answer = await cluster.request(leaderId, 'fetching', FETCH, bodyOf(cluster, asked))
      check(answer.errorCode, 'Fetch')
      for (const { topicId, partitions } of answer.topics)
        for (const fetched of partitions) byPlace.get(placeOf(topicId, fetched.partition))?.take(fetched)
    }),
  )
}

const placeOf = (topicId: string, partition: number): string => `${topicId} ${partition}`

function bodyOf(cluster: Cluster, asked: readonly Look[]) {
  const topics = [...Map.groupBy(asked, ({ at }) => cluster.topic(at.topic).topicId)].map(([topicId, looks]) => ({
    topicId,
    partitions: looks.map(({ at, next, bytesMax }) => ({
      partition: at.partition,
      currentLeaderEpoch: -1,
      fetchOffset: next,
      lastFetchedEpoch: -1,
      logStartOffset: -1,
      partitionMaxBytes: bytesMax,
    })),
  }))
  const session = { sessionId: 0, sessionEpoch: -1, forgotten: [], rackId: '' }
  const limits = { maxWaitMs: 0, minBytes: 0, maxBytes: ANSWER_BYTES, isolationLevel: READ_COMMITTED }
  return { replicaId: -1, ...limits, ...session, topics }
}

/** What was seen of one partition so far. */
class Look {
  readonly at: TopicPartition
  next: number
  isUnserved = false
  bytesMax = PARTITION_BYTES
  isDone: boolean
  readonly #end: number
  readonly #countsAll: boolean
  #count = 0n
  #firstMs: number | undefined

  constructor({ at, offset, end }: PeekFrom, countMax: number) {
    this.at = at
    this.next = Number(offset)
    this.#end = Number(end)
    this.#countsAll = end - offset <= BigInt(countMax)
    this.isDone = offset >= end
  }

  get seen(): Peek {
    const left = BigInt(Math.max(0, this.#end - this.next))
    return { timestampMs: this.#firstMs, records: this.#count + left, isExact: left === 0n }
  }

  /** @throws BrokerError, CorruptError */
  take(fetched: FetchedPartition): void {
    check(fetched.errorCode, `looking at ${partitionKey(this.at)}`)
    const bytes = fetched.records ?? Buffer.alloc(0)
    const { topic, partition } = this.at
    const records = new VisibleRecords(topic, partition, this.next, bytes, fetched.abortedTransactions)
    if (!records.hasBatches) {
      // Its batch did not fit, or the answer was full before it was this partition's turn.
      if (bytes.length > 0) this.bytesMax = LARGE_BYTES
      this.isUnserved = true
      return
    }
    this.isUnserved = false
    const seen: LogRecord[] = []
    records.take(seen, this.#countsAll ? Number.MAX_SAFE_INTEGER : 1)
    const before = seen.filter(({ offset }) => offset < BigInt(this.#end))
    this.#firstMs ??= before[0]?.timestampMs
    if (this.#countsAll) this.#count += BigInt(before.length)
    else if (before[0] !== undefined) {
      // The rest is not counted: from here to the end there are no more than so many.
      this.next = Number(before[0].offset)
      this.isDone = true
      return
    }
    this.next = Math.min(this.#end, records.nextFetch)
    this.isDone = this.next >= this.#end
  }
}
