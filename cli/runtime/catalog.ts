import {
  type LagPorts,
  lagSource,
  type OutboxPorts,
  outboxSource,
  type ParquetPorts,
  type PostgresPorts,
  parquetSink,
  postgresSink,
  type RedisInPorts,
  type RedisOutPorts,
  type ReplayPorts,
  redisInSource,
  redisOutSink,
  replaySource,
  type SchedulerPorts,
  schedulerSource,
} from '../../connectors/index.ts'
import {
  aggregate,
  broker,
  type ExtractPorts,
  extract,
  type IngestPorts,
  ingestProcessor,
  type ParsePorts,
  parse,
  recommend,
  type TradePorts,
  trade,
} from '../../processors/index.ts'
import {
  type AsyncProcessor,
  type AsyncProcessorComponent,
  type BuildFlow,
  type Catalog,
  type Fields,
  type FlowComponent,
  joinTopics,
  type Processor,
  type ProcessorComponent,
  parseConfig,
  type Sink,
  type SinkComponent,
  type Source,
  type SourceComponent,
  windowAggregate,
} from '../../streams/index.ts'
import type { CheckedNode } from '../../topology/index.ts'

type Edges = IngestPorts &
  TradePorts &
  ParsePorts &
  ExtractPorts &
  ReplayPorts &
  SchedulerPorts &
  LagPorts &
  OutboxPorts &
  ParquetPorts &
  PostgresPorts
type BridgePorts = Omit<RedisInPorts & RedisOutPorts, 'bridgeOf'>

/** Everything any node is handed: network, disk and clocks, opened by the composition root. */
export interface NodePorts extends Edges, BridgePorts {
  /** What a bridge needs of its topic; the store is the source's own. */
  readonly bridgeOf: (node: CheckedNode) => ReturnType<RedisInPorts['bridgeOf']>
}

type Config = Readonly<Record<string, unknown>>
type SourcePorts = Edges & RedisInPorts
type SinkPorts = Edges & RedisOutPorts

const processors: Readonly<Record<string, ProcessorComponent<Fields, Edges> | AsyncProcessorComponent<Fields, Edges>>> =
  {
    aggregate,
    broker,
    extract,
    ingest: ingestProcessor,
    parse,
    recommend,
    trade,
  }

/** Processors built of operators. */
const flows: Readonly<Record<string, FlowComponent<Fields>>> = { join: joinTopics, window_aggregate: windowAggregate }

const sources: Readonly<Record<string, SourceComponent<Fields, SourcePorts>>> = {
  lag: lagSource,
  redis_in: redisInSource,
  registry: outboxSource,
  replay: replaySource,
  scheduler: schedulerSource,
}

const sinks: Readonly<Record<string, SinkComponent<Fields, SinkPorts>>> = {
  parquet: parquetSink,
  postgres: postgresSink,
  redis_out: redisOutSink,
}

/** All code a topology can name, by that name. */
export const catalog: Catalog = { ...processors, ...flows, ...sources, ...sinks }

/** The checks made sure that the name is in the catalog. */
function known<C>(components: Readonly<Record<string, C>>, run: string): C {
  const component = components[run]
  if (!component) throw new TypeError(`no code named ${run}`)
  return component
}

export function makeProcessor(run: string, config: Config, ports: NodePorts): Processor | AsyncProcessor {
  const component = known(processors, run)
  return component.create(parseConfig(component, config), ports)
}

/** The flow of this name, or `undefined` where the processor is not one. */
export function makeFlow(run: string, config: Config): BuildFlow | undefined {
  const component = flows[run]
  return component?.create(parseConfig(component, config), {})
}

export function makeSource(run: string, config: Config, ports: NodePorts, node: CheckedNode): Source {
  const component = known(sources, run)
  return component.create(parseConfig(component, config), { ...ports, bridgeOf: () => ports.bridgeOf(node) })
}

export function makeSink(run: string, config: Config, ports: NodePorts, node: CheckedNode): Sink {
  const component = known(sinks, run)
  return component.create(parseConfig(component, config), { ...ports, bridgeOf: () => ports.bridgeOf(node) })
}
