import { companyOf } from '../../../processors/index.ts'
import {
  type AvroRecord,
  avroCodec,
  type JsonCodec,
  jsonCodec,
  loadAvroSchemas,
  openAvroSerde,
  openLocalRegistry,
} from '../../../schemas/index.ts'
import type { Clock, Graph, Serde } from '../../../streams/index.ts'
import { type CheckedTopology, type CompilePorts, compileTopology } from '../../../topology/index.ts'
import { makeFlow, makeProcessor, type NodePorts } from '../catalog.ts'
import { fillValue } from './fill-value.ts'

/** A topology as suites run it: the project's processors, bytes of a registry in memory, and no network. */
export interface SuiteGraph {
  readonly graph: Graph
  /** A value of a topic from the JSON of a case. Throws TypeError with what does not fit. */
  toValue(topic: string, json: unknown, atMs: number): unknown
  toJson(topic: string, value: unknown): unknown
}

export interface SuiteGraphOptions {
  readonly clock: Clock
  /** Processors of the topology that run. */
  readonly nodes: readonly string[]
  /** Prefix of topics and groups, that of the topology unless given. */
  readonly name?: string
}

export async function suiteGraph(topology: CheckedTopology, options: SuiteGraphOptions): Promise<SuiteGraph> {
  const { clock, nodes, name = topology.name } = options
  const schemas = loadAvroSchemas(topology.schemaDirectory)
  const registry = openLocalRegistry(undefined)
  const serdes = new Map<string, Serde>()
  const codecs = new Map<string, JsonCodec>()
  const records = new Map<string, AvroRecord>()
  for (const topic of Object.values(topology.topics)) {
    const schema = schemas.get(topic.schema)
    if (schema === undefined) continue
    serdes.set(topic.name, await openAvroSerde(`${topic.name}-value`, schema, registry))
    codecs.set(topic.name, jsonCodec(schema))
    records.set(topic.name, schema)
  }
  const ports = portsWithoutNetwork(clock)
  const none = (): never => {
    throw new TypeError('sources and sinks do not run in suites')
  }
  const names = new Map(Object.values(topology.topics).map((topic) => [topic.topic, topic.name]))
  const compilePorts: CompilePorts = {
    processor: (run, config) => makeProcessor(run, config, ports),
    flow: makeFlow,
    source: none,
    sink: none,
    serde: (_, topic) => known(serdes, names.get(topic) ?? topic.slice(name.length + 1)),
  }
  const graph = compileTopology(withPrefix(topology, name), compilePorts, (node) => nodes.includes(node.name))
  return {
    graph,
    toValue(topic, json, atMs) {
      const filled = fillValue(known(records, topic), json, atMs)
      const value = known(codecs, topic).fromJson(filled)
      // What the codec takes and Avro does not would fail inside of the run.
      avroCodec(known(records, topic)).encode(value, 0)
      return value
    },
    toJson: (topic, value) => (value === undefined ? null : known(codecs, topic).toJson(value)),
  }
}

function withPrefix(topology: CheckedTopology, name: string): CheckedTopology {
  if (name === topology.name) return topology
  const topics = Object.values(topology.topics).map((topic) => [
    topic.name,
    { ...topic, topic: `${name}.${topic.name}` },
  ])
  return { ...topology, name, topics: Object.fromEntries(topics) }
}

function known<T>(map: ReadonlyMap<string, T>, topic: string): T {
  const found = map.get(topic)
  if (found !== undefined) return found
  throw new TypeError(`there is no topic ${topic}`)
}

/** A node that asks the network in a suite fails as it would without one, and its record is a dead letter. */
function portsWithoutNetwork(clock: Clock): NodePorts {
  const refuse = (what: string) => async (): Promise<never> => {
    throw new Error(`suites have no network: ${what} was asked; leave the node out with \`nodes:\``)
  }
  const ports: Partial<NodePorts> = {
    clock,
    companyOf,
    readRaw: refuse('the object store'),
    putRaw: refuse('the object store'),
    fetchJob: refuse('a source'),
    checkRisk: refuse('the risk engine'),
  }
  return ports as NodePorts
}
