import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { Kafka, logLevel } from 'kafkajs'
import pg from 'pg'
import { expect, test } from 'vitest'
import { type Breakable, startKafka, startMinio, startPostgres, startRedis } from './index.ts'
import { isPresent } from './install-parts.ts'
import { kafkaPart } from './kafka.ts'
import { minioPart } from './minio.ts'
import { postgresPart } from './postgres.ts'
import { redisPart } from './redis.ts'

/** Runs `use` and ends the part after it, whatever happened. */
async function withPart<Part extends Breakable>(part: Part, use: (part: Part) => Promise<void>): Promise<void> {
  try {
    await use(part)
  } finally {
    await part.stop()
  }
  expect(existsSync(part.folder)).toBe(false)
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

test.skipIf(!isPresent(postgresPart))('what Postgres committed outlives a kill', async () => {
  await withPart(await startPostgres({ durable: true }), async (postgres) => {
    await query(postgres.url, 'CREATE TABLE kept AS SELECT 7 AS number')
    await postgres.kill()
    await expect(query(postgres.url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED')
    await postgres.restart()
    expect(await query(postgres.url, 'SELECT number FROM kept')).toEqual([{ number: 7 }])
  })
})

test.skipIf(!isPresent(redisPart))('a paused Redis answers when it is resumed, and not before', async () => {
  await withPart(await startRedis({ appendOnly: true }), async (part) => {
    const redis = new Redis(part.url)
    await redis.set('key', 'kept')
    part.pause()
    let answered = false
    const answer = redis.get('key').finally(() => {
      answered = true
    })
    await sleep(200)
    expect(answered).toBe(false)
    part.resume()
    expect(await answer).toBe('kept')
    redis.disconnect()
    await part.kill()
    await part.restart()
    const again = new Redis(part.url)
    expect(await again.get('key')).toBe('kept')
    again.disconnect()
  })
})

test.skipIf(!isPresent(kafkaPart))('a killed broker comes back on its port with its topics', async () => {
  await withPart(await startKafka({ heapMb: 128 }), async (part) => {
    const admin = new Kafka({ brokers: [...part.brokers], logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 2 }] })
    await admin.disconnect()
    await part.kill()
    await part.restart()
    await admin.connect()
    expect(await admin.listTopics()).toContain('kept')
    await admin.disconnect()
  })
})

test.skipIf(!isPresent(minioPart))('a killed S3 store comes back on its port', async () => {
  await withPart(await startMinio(), async (part) => {
    const health = `${part.endpoint}/minio/health/ready`
    await part.kill()
    await expect(fetch(health)).rejects.toThrow()
    await part.restart()
    expect((await fetch(health)).status).toBe(200)
  })
})

test.skipIf(!isPresent(kafkaPart))('a part that dies early says so with the end of its log', async () => {
  const start = startKafka({ heapMb: 128, properties: { 'num.io.threads': 'many' } })
  await expect(start).rejects.toThrow(/num\.io\.threads/)
})
