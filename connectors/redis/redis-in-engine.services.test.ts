import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadAvroSchemas, openAvroSerde, openLocalRegistry } from '../../schemas/index.ts'
import { createApplication, type Graph, openEmbeddedLog, systemClock } from '../../streams/index.ts'
import { requireService } from '../../test/services/require-service.ts'
import { bridgeTopicOf } from './bridge-topics.ts'
import { openRedis } from './redis-client.ts'
import { redisInSource } from './redis-in-source.ts'

test('through the engine an item comes once and is let go of once its record is committed', async () => {
  const { url } = requireService('redis')
  const redis = openRedis(url)
  const list = `stonks:queue:engine-${process.pid}`
  const folder = mkdtempSync(join(tmpdir(), 'redis-in-'))
  const value = await openAvroSerde('jobs-value', loadAvroSchemas().get('IngestionJob')!, openLocalRegistry(undefined))
  const bridge = { ...bridgeTopicOf('ingestion.jobs', 'IngestionJob'), store: 'seen' }
  const ports = { redis, bridgeOf: () => bridge, instanceId: 'a', clock: systemClock }
  const forwarded: string[] = []
  const graph: Graph = {
    name: 't',
    topics: {
      'ingestion.jobs': {
        name: 'ingestion.jobs',
        topic: 't.jobs',
        partitions: 1,
        cleanup: 'delete',
        retentionMs: -1,
        value,
      },
    },
    nodes: {
      bridge: {
        kind: 'source',
        name: 'bridge',
        to: ['ingestion.jobs'],
        stores: [{ name: 'seen', type: 'kv' }],
        guarantee: 'exactly_once',
        commitIntervalMs: 20,
        errors: { retryMax: 3, backoffMinMs: 5, backoffMaxMs: 50, then: 'stop' },
        create: () => redisInSource.create({ list, dedupe_by: 'job_id', dedupe_for_ms: 1000 }, ports),
      },
    },
  }
  const driver = openEmbeddedLog({ folder })
  const application = createApplication({
    graph,
    driver,
    processId: 'p',
    onForward: (_topic, record) => forwarded.push((record.value as { job_id: string }).job_id),
  })
  const items = Array.from({ length: 500 }, (_, n) =>
    JSON.stringify({
      job_id: `j${n}`,
      source_id: 's',
      source_type: 'rss',
      scheduled_at: '2025-01-01T00:00:00Z',
      credibility: 0.5,
    }),
  )
  try {
    await redis.rpush(list, ...items, ...items.slice(0, 50))
    await application.start()
    await expect
      .poll(async () => [await redis.llen(list), await redis.llen(`${list}:processing:a`)], { timeout: 10_000 })
      .toEqual([0, 0])
    expect(new Set(forwarded).size).toBe(500)
    expect(forwarded.length).toBe(500)
  } finally {
    await application.close()
    await driver.close()
    redis.disconnect()
    rmSync(folder, { recursive: true })
  }
})
