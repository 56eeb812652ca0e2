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

  test('records go out once, however often they are written', async () => {
    const codec = jsonCodec(loadAvroSchemas().get('IngestionJob')!)
    const records: InputRecord[] = [1, 2, 3, 4].map((n) => ({
      topic: 'ingestion.jobs',
      partition: n % 2,
      offset: BigInt(n),
      timestampMs: 0,
      key: 's',
      value: codec.fromJson(JSON.parse(job(n))),
      headers: {},
    }))
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
