import type { LogRecord, TopicPartition } from '../../../record.ts'
import { partitionKey } from '../../../record.ts'
import type { Peek } from '../../operations.ts'
import type { Cluster } from '../network/cluster.ts'
import { check } from '../protocol/error-codes.ts'
import { FETCH, type FetchedPartition } from '../protocol/record-messages.ts'
import { VisibleRecords } from '../records/visible-records.ts'

const READ_COMMITTED = 1
/** Enough for the batch that a record lies in; a larger one is asked for again, first in line. */
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
      // An answer holds one whole batch of the first partition at least, however large it is.
      const stuck = looks.find((look) => look.isStuck)
      const asked = stuck === undefined ? looks : [stuck]
      const answer = await cluster.request(leaderId, 'fetching', FETCH, bodyOf(cluster, asked, stuck !== undefined))
      check(answer.errorCode, 'Fetch')
      for (const { topicId, partitions } of answer.topics)
        for (const fetched of partitions) lookOf(cluster, asked, topicId, fetched.partition)?.take(fetched)
    }),
  )
}

const lookOf = (cluster: Cluster, asked: readonly Look[], topicId: string, partition: number): Look | undefined =>
  asked.find(({ at }) => at.partition === partition && cluster.topic(at.topic).topicId === topicId)

function bodyOf(cluster: Cluster, asked: readonly Look[], isLarge: boolean) {
  const topics = [...Map.groupBy(asked, ({ at }) => cluster.topic(at.topic).topicId)].map(([topicId, looks]) => ({
    topicId,
    partitions: looks.map(({ at, next }) => ({
      partition: at.partition,
      currentLeaderEpoch: -1,
      fetchOffset: next,
      lastFetchedEpoch: -1,
      logStartOffset: -1,
      partitionMaxBytes: isLarge ? LARGE_BYTES : PARTITION_BYTES,
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
  isStuck = false
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
      // Nothing fitted, or the answer was full before it was this partition's turn.
      this.isStuck = true
      return
    }
    this.isStuck = false
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
