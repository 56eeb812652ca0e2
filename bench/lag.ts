// What the lag of a cluster costs: one collector over 200 partitions, half of them behind, asked every ten seconds of a minute.
// Prints CPU as a share of a core. `node bin/with-node24.mjs bench/lag.ts`
import { setTimeout as sleep } from 'node:timers/promises'
import { ClusterLagReader, LagCollector, openClusterOperations, openWireDriver } from '../streams/index.ts'
import { startKafka } from '../test/services/index.ts'

const PARTITIONS = 200
const GROUPS = 10
const ROUNDS = 6
const EVERY_MS = 10_000

const broker = await startKafka()
const { brokers } = broker
const operations = await openClusterOperations({ brokers, clientId: 'bench' })
const driver = await openWireDriver({ brokers, clientId: 'bench' })
const producer = await driver.producer({ guarantee: 'at_least_once', transactionalId: 'bench' })
const topics = Array.from({ length: GROUPS }, (_, n) => ({ topic: `bench.t${n}`, group: `bench.g${n}` }))
const each = PARTITIONS / GROUPS
for (const { topic } of topics) await operations.createTopic(topic, each, { 'retention.ms': '-1' })

/** A hundred records to each partition: with every round, what is behind moves. */
async function write(): Promise<void> {
  const nowMs = Date.now()
  const outputs = topics.flatMap(({ topic }) =>
    Array.from({ length: each * 100 }, (_, n) => ({
      topic,
      partition: n % each,
      timestampMs: nowMs,
      key: Buffer.from('k'),
      value: Buffer.alloc(400),
      headers: {},
    })),
  )
  await producer.commit({ outputs, consumer: undefined, groupId: '', offsets: new Map() })
}

await write()
for (const { topic, group } of topics)
  await operations.commitOffsets(
    group,
    Array.from({ length: each }, (_, partition) => ({
      at: { topic, partition },
      committed: { offset: partition % 2 === 0 ? 100n : 40n, metadata: '' },
    })),
  )
const reader = new ClusterLagReader(operations, { wanted: new Map(), others: (id) => id.startsWith('bench.') })
const collector = new LagCollector({
  read: () => reader.read(),
  nowMs: () => Date.now(),
  elapsedMs: () => performance.now(),
})
await collector.collect()
let cpuMs = 0
const startedMs = performance.now()
for (let round = 0; round < ROUNDS; round++) {
  await write()
  await sleep(EVERY_MS)
  const before = process.cpuUsage()
  const lags = await collector.collect()
  const { user, system } = process.cpuUsage(before)
  cpuMs += (user + system) / 1000
  if (lags.length !== PARTITIONS) throw new Error(`${lags.length} partitions seen, not ${PARTITIONS}`)
}
const share = (cpuMs / (performance.now() - startedMs)) * 100
console.log(
  `${PARTITIONS} partitions, every ${EVERY_MS / 1000} s: ${(cpuMs / ROUNDS).toFixed(1)} ms CPU each time, ${share.toFixed(2)} % of a core`,
)
await producer.close()
await driver.close()
await operations.close()
await broker.stop()
