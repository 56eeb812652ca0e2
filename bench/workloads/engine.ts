// A process of our engine: node engine.ts WORKLOAD DRIVER BROKERS FROM TO APPLICATION STATE_FOLDER
import {
  createApplication,
  Flow,
  type Graph,
  openLibrdkafkaDriver,
  openWireDriver,
  type Serde,
  topic,
  tumbling,
  withFlow,
} from '../../streams/index.ts'
import { decode, encode, type Order, PARTITIONS, WINDOW_MS } from './orders.ts'
import { COMMIT_INTERVAL_MS } from './workloads.ts'

const [workload = '', driverName = '', brokers = '', from = '', to = '', application = '', stateDir = ''] =
  process.argv.slice(2)

const orders: Serde = { serialize: (value) => encode(value as Order), deserialize: decode }
const words: Serde = {
  serialize: (value) => Buffer.from(value as string),
  deserialize: (bytes) => Buffer.from(bytes).toString(),
}
const shape = { partitions: PARTITIONS, cleanup: 'delete', retentionMs: -1 } as const
const settings = {
  guarantee: workload === 'B1' ? 'at_least_once' : 'exactly_once',
  commitIntervalMs: COMMIT_INTERVAL_MS,
  errors: { retryMax: 0, backoffMinMs: 1, backoffMaxMs: 1, then: 'stop' },
} as const

const base: Graph = {
  name: application,
  topics: {
    in: { name: 'in', topic: from, value: orders, ...shape },
    out: { name: 'out', topic: to, value: workload === 'B3' ? words : orders, ...shape },
  },
  nodes: {},
}

function mapped(): Graph {
  return {
    ...base,
    nodes: {
      work: {
        ...{ kind: 'processor', name: 'work', from: ['in'], to: ['out'], broadcast: [], tables: {}, stores: [] },
        ...settings,
        create: () => ({
          process({ key, value, timestampMs }, context) {
            context.forward({ key, value: { ...(value as Order), status: 'seen' }, timestampMs })
          },
        }),
      },
    },
  }
}

interface Sums {
  readonly count: number
  readonly sum: number
}

function windowed(): Graph {
  const flow = new Flow('work')
  flow
    .stream(topic<Order>('in'))
    .groupByKey()
    .windowedBy(tumbling({ sizeMs: WINDOW_MS, graceMs: 10_000 }))
    .aggregate({
      store: 'windows',
      emit: 'on_update',
      initial: (): Sums => ({ count: 0, sum: 0 }),
      add: ({ count, sum }, { quantity }) => ({ count: count + 1, sum: sum + quantity }),
    })
    .toStream()
    .mapRecord(({ window, value }, { key }) => ({
      key: `${key}@${window.startMs}`,
      value: `${value?.count},${value?.sum}`,
    }))
    .to(topic<string>('out'))
  return withFlow(base, flow, settings)
}

const open = driverName === 'wire' ? openWireDriver : openLibrdkafkaDriver
const driver = await open({ brokers: brokers.split(','), clientId: application })
const running = createApplication({
  graph: workload === 'B3' ? windowed() : mapped(),
  driver,
  processId: 'one',
  stateDir,
})
process.once('SIGTERM', async () => {
  await running.drain(10_000)
  await driver.close()
  process.exit(0)
})
await running.start()
await running.whenEnded()
