// One process with one bridge: `node bridge.ts in|out NAME REDIS BROKERS STATE`.
import { bridgeTopicOf, openRedis, redisInSource, redisOutSink } from '../../connectors/index.ts'
import { loadAvroSchemas, openAvroSerde, openLocalRegistry } from '../../schemas/index.ts'
import { createApplication, openWireDriver, systemClock } from '../../streams/index.ts'
import { bridgeGraph, listOf } from './bridge-graph.ts'

const [direction = '', name = '', url = '', brokers = '', stateDir = ''] = process.argv.slice(2)
const record = loadAvroSchemas().get('IngestionJob')
if (record === undefined) throw new Error('no schema IngestionJob')
const value = await openAvroSerde('jobs-value', record, openLocalRegistry(undefined))
const redis = openRedis(url)
const topic = bridgeTopicOf('ingestion.jobs', 'IngestionJob')
const list = listOf(name)
const graph = bridgeGraph(name, value, {
  in: () =>
    redisInSource.create(
      { list, dedupe_by: 'job_id', dedupe_for_ms: 86_400_000 },
      { redis, bridgeOf: () => ({ ...topic, store: 'seen' }), instanceId: 'one', clock: systemClock },
    ),
  out: () => redisOutSink.create({ list }, { redis, bridgeOf: () => topic }),
})
// A member that keeps its place need not be missed for ten seconds after each kill.
const driver = await openWireDriver({ brokers: brokers.split(','), clientId: name }, { groupInstanceId: name })
const say = (details: object, message: string): void => console.log(message, JSON.stringify(details))
const logger = { debug: () => {}, info: () => {}, warn: say, error: say }
const application = createApplication({
  graph,
  driver,
  nodes: [direction],
  processId: 'one',
  stateDir,
  logger,
})
process.once('SIGTERM', async () => {
  await application.drain(10_000)
  await driver.close()
  redis.disconnect()
  process.exit(0)
})
await application.start()
console.log('running')
await application.whenEnded()
