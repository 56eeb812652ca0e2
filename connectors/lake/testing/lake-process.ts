// A sink of its own process: reads a topic of Kafka into a table, and kills itself at the step it is told.
import { createApplication, openWireDriver, parseConfig, type SinkSpec, silentLogger } from '../../../streams/index.ts'
import { graphOf, sink } from '../../../streams/testing/graph-of.ts'
import type { Lakehouse } from '../../../test/services/lakehouse.ts'
import type { IcebergLakeOptions } from '../iceberg/open-iceberg-lake.ts'
import { parquetSink } from '../parquet-sink.ts'
import { openLakeForTest, ROWS_TABLE } from './lake-for-test.ts'

export interface LakeProcess {
  readonly plane: Lakehouse
  readonly brokers: readonly string[]
  readonly database: string
  /** On the log. */
  readonly topic: string
  readonly partitions: number
  /** One of `KILL_STEPS`; never unless given. */
  readonly killAt?: string
  /** How often the step is let pass first. */
  readonly passes?: number
}

const KINDS = { data: /\/data\//, manifest: /-m0\.avro$/, list: /\/snap-/, metadata: /\.metadata\.json$/ }

/** Every step of a commit, before and after it is done. */
export const KILL_STEPS: readonly string[] = [
  ...Object.keys(KINDS).map((kind) => `create ${kind}`),
  'read back',
  'lock',
  'under lock',
  'swap',
  'unlock',
].flatMap((step) => [`before ${step}`, `after ${step}`])

const graphOfSink = ({ topic, partitions }: LakeProcess, create: SinkSpec['create']) =>
  graphOf({ 'lake.publish': { topic, partitions } }, [
    sink({ name: 'lake', from: ['lake.publish'], batchRecordsMax: 200, batchWaitMs: 100, create }),
  ])

function dyingParts({ killAt, passes = 0 }: LakeProcess): NonNullable<Parameters<typeof openLakeForTest>[1]['around']> {
  let left = passes
  const reach = (step: string): void => {
    if (step === killAt && left-- <= 0) process.kill(process.pid, 'SIGKILL')
  }
  const around = async <T>(step: string, work: () => Promise<T>): Promise<T> => {
    reach(`before ${step}`)
    const done = await work()
    reach(`after ${step}`)
    return done
  }
  const kindOf = (uri: string): string => Object.entries(KINDS).find(([, pattern]) => pattern.test(uri))?.[0] ?? ''
  return ({ objects, metastore }: Pick<IcebergLakeOptions, 'objects' | 'metastore'>) => ({
    objects: {
      ...objects,
      create: (uri, bytes) => around(`create ${kindOf(uri)}`, () => objects.create(uri, bytes)),
      get: (uri) => (KINDS.data.test(uri) ? around('read back', () => objects.get(uri)) : objects.get(uri)),
    },
    metastore: {
      ...metastore,
      async withLock(database, name, work) {
        reach('before lock')
        const done = await metastore.withLock(database, name, async () => {
          reach('after lock')
          const inside = await around('under lock', work)
          reach('before unlock')
          return inside
        })
        reach('after unlock')
        return done
      },
      swap: (table, expected, next) => around('swap', () => metastore.swap(table, expected, next)),
    },
  })
}

async function run(asked: LakeProcess): Promise<void> {
  const { plane, brokers, database } = asked
  const { lake } = await openLakeForTest(plane, { database, tables: ROWS_TABLE, around: dyingParts(asked) })
  const driver = await openWireDriver({ brokers, clientId: 'lake' })
  const graph = graphOfSink(asked, () =>
    parquetSink.create(parseConfig(parquetSink, {}), { theLake: async () => lake }),
  )
  // A group of its own: the others wait for a dead member, and two that read the same are the harder case.
  const named = { ...graph, name: `${database}.${process.pid}` }
  const app = createApplication({
    graph: named,
    driver,
    processId: `p${process.pid}`,
    logger: silentLogger,
    nodes: ['lake'],
  })
  await app.start()
  process.on('SIGTERM', () => {
    void app.drain(5_000).then(async () => {
      await lake.close()
      await driver.close()
    })
  })
}

const told = process.env['LAKE_PROCESS']
if (told !== undefined) await run(JSON.parse(told) as LakeProcess)
