import { defineSink, field, type InputRecord, partitionKey } from '../../streams/index.ts'
import { OutageError } from '../outage.ts'
import type { BridgeTopic } from './bridge-topics.ts'
import type { RedisClient } from './redis-client.ts'

export interface RedisOutPorts {
  readonly redis: RedisClient
  readonly bridgeOf: (list: string) => BridgeTopic
}

/**
 * KEYS: list, fence. ARGV: topic-partition, then offset and item in turn. Pushes what lies beyond the fence and moves
 * the fence, in one step. Offsets are exact in a double up to 2^53.
 */
const PUSH_BEYOND_FENCE = `
local last = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or '-1')
local pushed = 0
for i = 2, #ARGV, 2 do
  local offset = tonumber(ARGV[i])
  if offset > last then
    redis.call('RPUSH', KEYS[1], ARGV[i + 1])
    last = offset
    pushed = pushed + 1
  end
end
redis.call('HSET', KEYS[2], ARGV[1], string.format('%.0f', last))
return pushed`

const fields = { list: field.text('The Redis list, stonks:queue:parsing.') } as const

/** Appends records of a topic to a Redis list as JSON objects: never lost, never twice. */
export const redisOutSink = defineSink<typeof fields, RedisOutPorts>({
  type: 'redis_out',
  summary: 'Appends records to a Redis list as JSON, each exactly once.',
  fields,
  create: ({ list }, { redis, bridgeOf }) => {
    const { codec } = bridgeOf(list)
    return {
      async write(records) {
        for (const [at, group] of Map.groupBy(records, partitionKey)) await push(at, group)
      },
    }
    async function push(at: string, records: readonly InputRecord[]): Promise<void> {
      const entries = records.flatMap(({ offset, value }) =>
        value === undefined ? [] : [offset.toString(), JSON.stringify(codec.toJson(value))],
      )
      if (entries.length === 0) return
      await redis.eval(PUSH_BEYOND_FENCE, 2, list, `${list}:fence`, at, ...entries).catch((error: Error) => {
        throw isRefusal(error) ? error : new OutageError('Redis', error)
      })
    }
  },
})

/** An answer of the server that trying again would not change; all else is Redis being away, full or loading. */
const isRefusal = (error: Error): boolean =>
  error.name === 'ReplyError' && !/^(LOADING|BUSY|MASTERDOWN|READONLY|OOM|TRYAGAIN|CLUSTERDOWN)/.test(error.message)
