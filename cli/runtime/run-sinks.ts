// The thread of the sinks: what `openSinkThread` starts.
import { parentPort, workerData } from 'node:worker_threads'
import { parquetSink } from '../../connectors/lake/index.ts'
import { openPostgres, postgresSink } from '../../connectors/postgres/index.ts'
import { parseConfig, type Serde, type Sink, serveSinks, type TopicSpec } from '../../streams/index.ts'
import type { CheckedNode } from '../../topology/index.ts'
import { isOnThread, type SinkThreadData } from './sink-thread.ts'
import { lakeOfProcess, openSerdes } from './stores.ts'

/** Its sinks write one batch at a time each. */
const CONNECTIONS_MAX = 2

const { settings, topology, databaseUrl } = workerData as SinkThreadData
const serdes = await openSerdes(topology, settings)
const database = openPostgres({ url: databaseUrl, connectionsMax: CONNECTIONS_MAX })
const lake = lakeOfProcess(settings)

const makeSink = ({ run, config }: CheckedNode): Sink =>
  run === 'parquet'
    ? parquetSink.create(parseConfig(parquetSink, config), lake)
    : postgresSink.create(parseConfig(postgresSink, config), { database })

const nodes = Object.values(topology.nodes).filter((node) => node.kind === 'sink' && isOnThread(node.run, settings))
const topics = Object.values(topology.topics).map((topic): [string, TopicSpec] => [
  topic.topic,
  { ...topic, value: serdes.get(topic.topic) as Serde },
])
if (parentPort === null) throw new TypeError('run-sinks.ts runs in a thread')
serveSinks(parentPort, {
  sinks: new Map(nodes.map((node) => [node.name, makeSink(node)])),
  topics: new Map(topics),
  end: async () => {
    await lake.close()
    await database.close()
  },
})
