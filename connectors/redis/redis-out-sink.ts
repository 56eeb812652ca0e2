import { defineSink, field, type InputRecord, partitionKey, StreamsError } from '../../streams/index.ts'
import { OutageError } from '../outage.ts'
import type { BridgeTopic } from './bridge-topics.ts'
import { type ListKeys, listKeysOf } from './list-keys.ts'
import { PUSH } from './list-scripts.ts'
import type { RedisClient } from './redis-client.ts'

export interface RedisOutPorts {
  readonly redis: RedisClient
  readonly bridgeOf: (list: string) => BridgeTopic
}

const fields = { list: field.text('The Redis list, stonks:queue:parsing.') } as const

/**
 * Appends records of a topic to a Redis list as JSON objects. What is pushed and how far that is, the fence, change in one
 * step of Redis, and the fence says where to begin: nothing is pushed twice, and what Redis lost with its tail is pushed
 * again. Where Redis forgot the fence too, the group's committed offset is where it goes on.
 */
export const redisOutSink = defineSink<typeof fields, RedisOutPorts>({
  type: 'redis_out',
  summary: 'Appends records to a Redis list as JSON, each exactly once.',
  fields,
  create: ({ list }, { redis, bridgeOf }) => {
    const fence = new ListFence(redis, listKeysOf(list, redis.isCluster))
    const { codec } = bridgeOf(list)
    const itemOf = ({ value }: InputRecord): string => (value === undefined ? '' : JSON.stringify(codec.toJson(value)))
    return {
      async positions(partitions) {
        const found = await fence.read(partitions.map(partitionKey))
        return new Map([...found].map(([at, last]) => [at, last + 1n]))
      },
      check: () => fence.check(),
      async write(records) {
        for (const [at, group] of Map.groupBy(records, partitionKey))
          await fence.push(
            at,
            group.flatMap((record) => [record.offset.toString(), itemOf(record)]),
          )
      },
    }
  },
})

/** Where the fence of each partition was left, and what lies on the other side of it. */
class ListFence {
  readonly #redis: RedisClient
  readonly #keys: ListKeys
  readonly #left = new Map<string, string>()

  constructor(redis: RedisClient, keys: ListKeys) {
    this.#redis = redis
    this.#keys = keys
  }

  /** Offsets of the last records pushed; a partition never pushed is absent. */
  async read(partitions: readonly string[]): Promise<ReadonlyMap<string, bigint>> {
    const found = await this.#ask(() => this.#redis.hmget(this.#keys.fence, ...partitions))
    for (const at of partitions) this.#left.delete(at)
    return new Map(
      partitions.flatMap((at, i) => {
        const last = found[i]
        if (last == null) return []
        this.#left.set(at, last)
        return [[at, BigInt(last)] as const]
      }),
    )
  }

  /** Throws SINK_POSITION_LOST where Redis has lost what it had taken. */
  async push(at: string, entries: readonly string[]): Promise<void> {
    const { list, fence, direction } = this.#keys
    const answer = await this.#ask(() =>
      this.#redis.eval(PUSH, 3, list, fence, direction, at, this.#left.get(at) ?? '', ...entries),
    )
    if (answer === 'switched') throw new OutageError(`the list ${list}`, new Error('it is switched away from out'))
    if (answer === 'lost') throw this.#lost(at)
    this.#left.set(at, String(answer))
  }

  /** Throws SINK_POSITION_LOST where Redis has lost what it had taken. */
  async check(): Promise<void> {
    const left = [...this.#left]
    if (left.length === 0) return
    const found = await this.#ask(() => this.#redis.hmget(this.#keys.fence, ...left.map(([at]) => at)))
    const lost = left.find(([, last], i) => BigInt(found[i] ?? -1) < BigInt(last))
    if (lost !== undefined) throw this.#lost(lost[0])
  }

  #lost(at: string): StreamsError {
    const message = `Redis forgot what ${this.#keys.list} was given of ${at}: it is given again`
    return new StreamsError('SINK_POSITION_LOST', message)
  }

  async #ask<T>(command: () => Promise<T>): Promise<T> {
    try {
      return await command()
    } catch (error) {
      throw isRefusal(error as Error) ? error : new OutageError('Redis', error)
    }
  }
}

/** An answer of the server that trying again would not change; all else is Redis being away, full or loading. */
const isRefusal = (error: Error): boolean =>
  error.name === 'ReplyError' &&
  !/\b(LOADING|BUSY|MASTERDOWN|READONLY|OOM|MISCONF|NOREPLICAS|TRYAGAIN|CLUSTERDOWN|UNBLOCKED)\b/.test(error.message)
