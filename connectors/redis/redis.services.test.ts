import { afterAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { jsonCodec, loadAvroSchemas, sha256Hex } from '../../schemas/index.ts'
import type { InputRecord, OutputRecord, SourceContext } from '../../streams/index.ts'
import { systemClock } from '../../streams/index.ts'
import { bridgeTopicOf } from './bridge-topics.ts'
import { openCompleteItem } from './complete-item.ts'
import { openRedis } from './redis-client.ts'
import { redisInSource } from './redis-in-source.ts'
import { redisOutSink } from './redis-out-sink.ts'

const url = inject('services').redis?.url
const LIST = `stonks:queue:test-${process.pid}`

describe.skipIf(url === undefined)('bridges to Redis lists', () => {
  const redis = openRedis(url ?? '')
  const bridge = { ...bridgeTopicOf('ingestion.jobs', 'IngestionJob'), store: 'seen' }
  const job = (n: number): string =>
    JSON.stringify({
      job_id: `j${n}`,
      source_id: 's',
      source_type: 'rss',
      scheduled_at: '2025-01-01T00:00:00Z',
      credibility: 0.5,
    })

  beforeEach(async () => {
    const keys = await redis.keys(`${LIST}*`)
    if (keys.length > 0) await redis.del(...keys)
  })
  afterAll(async () => {
    const keys = await redis.keys(`${LIST}*`)
    if (keys.length > 0) await redis.del(...keys)
    redis.disconnect()
  })

  function life(committed: Map<string, unknown>, instanceId = 'a', dedupe_by = 'job_id') {
    const written = new Map(committed)
    const forwarded: OutputRecord[] = []
    const context = {
      forward: (r: OutputRecord) => forwarded.push(r),
      store: () => ({ get: (k: string) => written.get(k), put: (k: string, v: unknown) => written.set(k, v) }),
    } as unknown as SourceContext
    const source = redisInSource.create(
      { list: LIST, dedupe_by, dedupe_for_ms: 1000 },
      { redis, bridgeOf: () => bridge, instanceId, clock: systemClock },
    )
    const commit = async (polls: number): Promise<void> => {
      for (const [k, v] of written) committed.set(k, v)
      await source.committed?.(polls)
    }
    return { source, context, forwarded, commit }
  }
  const codec = jsonCodec(loadAvroSchemas().get('IngestionJob')!)
  const recordAt = (offset: bigint, partition = 0): InputRecord => ({
    topic: 'ingestion.jobs',
    partition,
    offset,
    timestampMs: 0,
    key: 's',
    value: codec.fromJson(JSON.parse(job(Number(offset)))),
    headers: {},
  })
  const ids = (records: readonly OutputRecord[]): string[] => records.map((r) => (r.value as { job_id: string }).job_id)
  const processing = (id = 'a'): Promise<string[]> => redis.lrange(`${LIST}:processing:${id}`, 0, -1)

  test('items come in order and are let go of after the commit, not before', async () => {
    await redis.rpush(LIST, job(1), job(2), job(3))
    const { source, context, forwarded, commit } = life(new Map())
    expect(await source.poll(context)).toBe('more')
    expect(ids(forwarded)).toEqual(['j1', 'j2', 'j3'])
    expect(forwarded[0]?.key).toBe('s')
    expect((await processing()).length).toBe(3)
    await commit(0)
    expect((await processing()).length).toBe(3)
    await commit(1)
    expect(await processing()).toEqual([])
    expect(await source.poll(context)).toBe('idle')
    await source.close?.()
  })

  test('a crash before the commit brings them again, a crash after it does not', async () => {
    await redis.rpush(LIST, job(1), job(2))
    const committed = new Map<string, unknown>()
    const first = life(committed)
    await first.source.poll(first.context)
    const second = life(committed)
    await second.source.poll(second.context)
    expect(ids(second.forwarded)).toEqual(['j1', 'j2'])
    await second.commit(0)
    const third = life(committed)
    await third.source.poll(third.context)
    expect(third.forwarded).toEqual([])
    await third.commit(1)
    expect(await processing()).toEqual([])
    for (const each of [first, second, third]) await each.source.close?.()
  })

  test('what an instance without a lease left goes to another, in order', async () => {
    await redis.rpush(LIST, job(1), job(2), job(3))
    const dead = life(new Map(), 'dead')
    await dead.source.poll(dead.context)
    await dead.source.close?.()
    await redis.rpush(LIST, job(4))
    const next = life(new Map(), 'b')
    await next.source.poll(next.context)
    expect(ids(next.forwarded)).toEqual(['j1', 'j2', 'j3', 'j4'])
    expect(await processing('dead')).toEqual([])
    await next.source.close?.()
  })

  test('a repeat is dropped, a malformed item is put aside with the reason', async () => {
    await redis.rpush(LIST, job(1), '{"job_id":', job(1).replace('0.5', '0.7'), '{"job_id":"x"}', job(2))
    const { source, context, forwarded, commit } = life(new Map())
    await source.poll(context)
    expect(ids(forwarded)).toEqual(['j1', 'j2'])
    const dead = (await redis.lrange(`${LIST}:dead`, 0, -1)).map(
      (text) => JSON.parse(text) as { item: string; reason: string },
    )
    expect(dead.map((d) => d.item)).toEqual(['{"job_id":', '{"job_id":"x"}'])
    expect(dead[0]?.reason).toMatch(/^not JSON/)
    expect(dead[1]?.reason).toMatch(/source_id is missing, expected a value/)
    await commit(1)
    expect(await processing()).toEqual([])
    await source.close?.()
  })

  test('bytes that are not UTF-8 are put aside as they came, and a letter that cannot be written loses no item', async () => {
    const broken = Buffer.concat([Buffer.from('{"job_id":"'), Buffer.from([0xff]), Buffer.from('"}')])
    await redis.rpush(LIST, broken)
    await redis.set(`${LIST}:dead`, 'somebody else')
    const { source, context } = life(new Map())
    await expect(source.poll(context)).rejects.toThrow(/WRONGTYPE/)
    expect(await redis.lrangeBuffer(`${LIST}:processing:a`, 0, -1)).toEqual([broken])
    await redis.del(`${LIST}:dead`)
    await source.poll(context)
    const [dead] = (await redis.lrange(`${LIST}:dead`, 0, -1)).map((text) => JSON.parse(text) as object)
    expect(dead).toMatchObject({ reason: 'not UTF-8', item_base64: broken.toString('base64') })
    expect(await processing()).toEqual([])
    await source.close?.()
  })

  test('copies of one item are let go of one by one, with the commit of each', async () => {
    await redis.rpush(LIST, job(1), job(1))
    const { source, context, forwarded, commit } = life(new Map())
    await source.poll(context)
    await redis.rpush(LIST, job(1))
    await source.poll(context)
    await commit(1)
    expect(await processing()).toHaveLength(1)
    await commit(2)
    expect(await processing()).toEqual([])
    expect(forwarded).toHaveLength(1)
    await source.close?.()
  })

  test('a list that is switched away is left alone, in both directions', async () => {
    await redis.rpush(LIST, job(1))
    await redis.set(`${LIST}:direction`, 'out')
    const { source, context } = life(new Map())
    expect(await source.poll(context)).toBe('idle')
    await redis.set(`${LIST}:direction`, 'off')
    const sink = redisOutSink.create({ list: LIST }, { redis, bridgeOf: () => bridge })
    await expect(sink.write([recordAt(1n)])).rejects.toMatchObject({ retriable: true })
    expect(await redis.llen(LIST)).toBe(1)
    await source.close?.()
  })

  test('a fence that went back is told, and the tail is pushed again from there', async () => {
    const sink = redisOutSink.create({ list: LIST }, { redis, bridgeOf: () => bridge })
    await sink.write([1n, 2n, 3n].map((n) => recordAt(n)))
    await redis.rpop(LIST)
    await redis.hset(`${LIST}:fence`, 'ingestion.jobs-0', '2')
    await expect(sink.write([recordAt(4n)])).rejects.toMatchObject({ code: 'SINK_POSITION_LOST' })
    const at = { topic: 'ingestion.jobs', partition: 0 }
    expect(await sink.positions?.([at])).toEqual(new Map([['ingestion.jobs-0', 3n]]))
    await sink.write([3n, 4n].map((n) => recordAt(n)))
    expect((await redis.lrange(LIST, 0, -1)).map((text) => JSON.parse(text).job_id)).toEqual(['j1', 'j2', 'j3', 'j4'])
  })

  test('a Redis that forgot the fence is told too; then the group says where to go on', async () => {
    const sink = redisOutSink.create({ list: LIST }, { redis, bridgeOf: () => bridge })
    await sink.write([recordAt(1n)])
    await redis.del(LIST, `${LIST}:fence`)
    await expect(sink.write([recordAt(2n)])).rejects.toMatchObject({ code: 'SINK_POSITION_LOST' })
    expect(await sink.positions?.([{ topic: 'ingestion.jobs', partition: 0 }])).toEqual(new Map())
    await sink.write([recordAt(2n)])
    expect(await redis.hgetall(`${LIST}:fence`)).toEqual({ 'ingestion.jobs-0': '2' })
  })

  test('records go out once, however often they are written', async () => {
    const records = [1, 2, 3, 4].map((n) => recordAt(BigInt(n), n % 2))
    const sink = redisOutSink.create({ list: LIST }, { redis, bridgeOf: () => bridge })
    await sink.write(records.slice(0, 3))
    await sink.write(records)
    await sink.write(records.slice(1, 2))
    const items = (await redis.lrange(LIST, 0, -1)).map(
      (text) => JSON.parse(text) as { job_id: string; scheduled_at: string },
    )
    expect(items.map((i) => i.job_id).sort()).toEqual(['j1', 'j2', 'j3', 'j4'])
    expect(items[0]?.scheduled_at).toBe('2025-01-01T00:00:00.000Z')
  })
})

test('a raw document of an older service gets hash, key and id from its body', async () => {
  const objects = new Map<string, Uint8Array>()
  const complete = openCompleteItem({ clock: systemClock, putRaw: async (key, bytes) => void objects.set(key, bytes) })
  const item = { source_id: 'old', body: 'text', received_at: '2025-01-01T00:00:00Z' }
  const value = jsonCodec(loadAvroSchemas().get('RawDocument')!).fromJson(
    await complete('documents.raw', item),
  ) as Record<string, unknown>
  expect(value).toMatchObject({
    sha256: sha256Hex('text'),
    object_key: `raw/old/2025/01/01/${sha256Hex('text')}`,
    size_bytes: 4,
  })
  expect([...objects.keys()]).toEqual([value['object_key']])
  expect(await complete('signals', item)).toBe(item)
})
