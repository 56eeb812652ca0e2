import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterAll, expect, test } from 'vitest'
import type { InputRecord, OutputRecord, SourceContext } from '../../streams/index.ts'
import { systemClock } from '../../streams/index.ts'
import { freePort, type RunningRedis, startRedis } from '../../test/services/index.ts'
import { bridgeTopicOf } from './bridge-topics.ts'
import { openRedis, type RedisClient } from './redis-client.ts'
import { redisInSource } from './redis-in-source.ts'
import { redisOutSink } from './redis-out-sink.ts'

const LIST = 'stonks:queue:ingestion'
const bridge = { ...bridgeTopicOf('ingestion.jobs', 'IngestionJob'), store: 'seen' }
const item = (id: string): string =>
  JSON.stringify({
    job_id: id,
    source_id: 's',
    source_type: 'rss',
    scheduled_at: '2025-01-01T00:00:00.000Z',
    credibility: 0.5,
  })
const started: RunningRedis[] = []
const start = async (args: readonly string[]): Promise<RunningRedis> => {
  const redis = await startRedis({ args })
  started.push(redis)
  return redis
}
const portOf = ({ url }: RunningRedis): number => Number(new URL(url).port)
afterAll(() => Promise.all(started.map((redis) => redis.stop())))

/** Brings what lies in the list, and lets go of it. */
async function bringAll(redis: RedisClient): Promise<string[]> {
  const forwarded: OutputRecord[] = []
  const seen = new Map<string, unknown>()
  const context = {
    forward: (record: OutputRecord) => forwarded.push(record),
    store: () => ({ get: (key: string) => seen.get(key), put: (key: string, value: unknown) => seen.set(key, value) }),
  } as unknown as SourceContext
  const ports = { redis, bridgeOf: () => bridge, instanceId: 'one', clock: systemClock }
  const source = redisInSource.create({ list: LIST, dedupe_by: 'job_id', dedupe_for_ms: 1000 }, ports)
  let polls = 0
  while ((await source.poll(context)) === 'more') await source.committed?.(++polls)
  await source.close?.()
  return forwarded.map(({ value }) => (value as { job_id: string }).job_id)
}

async function give(redis: RedisClient, ids: readonly string[]): Promise<void> {
  const sink = redisOutSink.create({ list: LIST }, { redis, bridgeOf: () => bridge })
  const records = ids.map(
    (id, n): InputRecord => ({
      topic: 'ingestion.jobs',
      partition: 0,
      offset: BigInt(n),
      timestampMs: 0,
      key: 's',
      value: bridge.codec.fromJson(JSON.parse(item(id))),
      headers: {},
    }),
  )
  await sink.write(records)
  await sink.write(records)
}

/** Both directions on one place; what was there is gone afterwards. */
async function bothWays(redis: RedisClient): Promise<void> {
  await redis.rpush(LIST, item('a'), item('b'))
  expect(await bringAll(redis)).toEqual(['a', 'b'])
  await give(redis, ['c', 'd'])
  expect((await redis.lrange(LIST, 0, -1)).map((text) => JSON.parse(text).job_id)).toEqual(['c', 'd'])
  await redis.del(LIST)
}

test('a cluster of three masters, with user and password', async () => {
  const ports = await Promise.all([freePort(), freePort(), freePort()])
  const access = ['--requirepass', 'pw', '--masterauth', 'pw']
  await Promise.all(ports.map((port) => start(['--port', String(port), '--cluster-enabled', 'yes', ...access])))
  const nodes = ports.map((port) => `127.0.0.1:${port}`)
  execFileSync('redis-cli', ['-a', 'pw', '--cluster', 'create', ...nodes, '--cluster-yes'], { stdio: 'pipe' })
  const redis = openRedis(`redis+cluster://default:pw@${nodes.join(',')}`)
  await expect.poll(() => redis.set('ready', '1').catch(() => ''), { timeout: 10_000 }).toBe('OK')
  await bothWays(redis)
  redis.disconnect()
})

test('a master that Sentinel replaces: the same connection goes on at the new one', { timeout: 60_000 }, async () => {
  const master = await start(['--requirepass', 'pw', '--masterauth', 'pw'])
  const replica = await start([
    '--requirepass',
    'pw',
    '--masterauth',
    'pw',
    '--replicaof',
    '127.0.0.1',
    String(portOf(master)),
  ])
  const sentinelPort = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'sentinel-'))
  const config = join(folder, 'sentinel.conf')
  writeFileSync(
    config,
    `sentinel monitor mymaster 127.0.0.1 ${portOf(master)} 1
sentinel auth-pass mymaster pw
sentinel down-after-milliseconds mymaster 500
sentinel failover-timeout mymaster 2000
`,
  )
  await start([config, '--sentinel', '--port', String(sentinelPort)])
  const redis = openRedis(`redis+sentinel://:pw@127.0.0.1:${sentinelPort}/mymaster`)
  await bothWays(redis)
  const sentinel = new Redis(sentinelPort)
  await expect
    .poll(async () => ((await sentinel.call('SENTINEL', 'REPLICAS', 'mymaster')) as unknown[]).length, {
      timeout: 20_000,
    })
    .toBe(1)
  await redis.wait(1, 5_000)
  await master.kill()
  const newMaster = async (): Promise<unknown> =>
    ((await sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster')) as string[])[1]
  await expect.poll(newMaster, { timeout: 20_000 }).toBe(String(portOf(replica)))
  await expect.poll(() => redis.set('ready', '1').catch(() => ''), { timeout: 20_000 }).toBe('OK')
  await redis.del(LIST, `${LIST}:fence`)
  await bothWays(redis)
  sentinel.disconnect()
  redis.disconnect()
  rmSync(folder, { recursive: true, force: true })
})

test('TLS with an authority of its own; without it the server is not believed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'redis-tls-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const names = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  execFileSync('openssl', [...made, '-keyout', key, '-out', cert, ...names], { stdio: 'pipe' })
  const port = await freePort()
  const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert, '--tls-auth-clients', 'no']
  const server = await start(['--tls-port', String(port), ...files])
  const plain = new Redis(server.url)
  await plain.call('ACL', 'SETUSER', 'bridge', 'on', '>secret', '~*', '+@all')
  plain.disconnect()
  const redis = openRedis(`rediss://bridge:secret@127.0.0.1:${port}?ca=${cert}`)
  await bothWays(redis)
  const strict = openRedis(`rediss://bridge:secret@127.0.0.1:${port}`)
  await expect(strict.ping()).rejects.toThrow()
  for (const each of [redis, strict]) each.disconnect()
  await sleep(0)
  rmSync(folder, { recursive: true, force: true })
})
