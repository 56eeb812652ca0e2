import {
  type ByteSink,
  type Graph,
  type GraphNode,
  type Processor,
  type Serde,
  type Sink,
  type Source,
  StreamsError,
  type TopicSpec,
} from '../streams/index.ts'
import type { CheckedNode, CheckedTopology } from './checked.ts'

/** How nodes get their code and topics their bytes: handed in by the composition root. */
export interface CompilePorts {
  readonly processor: (run: string, config: Readonly<Record<string, unknown>>, node: CheckedNode) => Processor
  readonly source: (run: string, config: Readonly<Record<string, unknown>>, node: CheckedNode) => Source
  readonly sink: (run: string, config: Readonly<Record<string, unknown>>, node: CheckedNode) => Sink | ByteSink
  readonly serde: (schema: string, topic: string) => Serde
}

/** A checked topology to the engine's graph. `keep` leaves out nodes, for an application that runs some of them only. */
export function compileTopology(
  topology: CheckedTopology,
  ports: CompilePorts,
  keep: (node: CheckedNode) => boolean = () => true,
): Graph {
  const topics = Object.values(topology.topics).map((t): [string, TopicSpec] => [
    t.name,
    { ...t, value: ports.serde(t.schema, t.topic) },
  ])
  const nodes = Object.values(topology.nodes)
    .filter(keep)
    .map((n): [string, GraphNode] => [n.name, graphNode(n, ports)])
  return Object.freeze({ name: topology.name, topics: Object.fromEntries(topics), nodes: Object.fromEntries(nodes) })
}

function graphNode(n: CheckedNode, ports: CompilePorts): GraphNode {
  if (n.kind === 'source') return { ...n, kind: 'source', create: () => ports.source(n.run, n.config, n) }
  if (n.kind === 'sink') return { ...n, kind: 'sink', create: () => ports.sink(n.run, n.config, n) }
  if (n.from.length === 0) throw new StreamsError('TOPOLOGY_INVALID', `processor ${n.name} reads nothing`)
  return { ...n, kind: 'processor', create: () => ports.processor(n.run, n.config, n) }
}
