import {
  type AsyncProcessor,
  type BuildFlow,
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
import { flowOf } from './flow.ts'

/** How nodes get their code and topics their bytes: handed in by the composition root. */
export interface CompilePorts {
  readonly processor: (
    run: string,
    config: Readonly<Record<string, unknown>>,
    node: CheckedNode,
  ) => Processor | AsyncProcessor
  /** The flow a processor is built of, where its code is one. */
  readonly flow?: (run: string, config: Readonly<Record<string, unknown>>) => BuildFlow | undefined
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
  const parts = Object.values(topology.nodes)
    .filter(keep)
    .map((n) => partsOf(n, topology.name, Object.fromEntries(topics), ports))
  return Object.freeze({
    name: topology.name,
    topics: byName([...topics.map(([, topic]) => topic), ...parts.flatMap((one) => one.topics)], 'topics'),
    nodes: byName(
      parts.flatMap((one) => one.nodes),
      'nodes',
    ),
  })
}

/** Parts of flows have names made from others; they may not be those of something else. */
function byName<T extends { readonly name: string }>(all: readonly T[], what: string): Readonly<Record<string, T>> {
  const named = new Map<string, T>()
  for (const one of all) {
    if (named.has(one.name)) throw new StreamsError('TOPOLOGY_INVALID', `two ${what} are named ${one.name}`)
    named.set(one.name, one)
  }
  return Object.fromEntries(named)
}

/** A node is one in the graph too, unless it is a flow: that is one for each of its parts, with topics between them. */
function partsOf(
  n: CheckedNode,
  application: string,
  topics: Readonly<Record<string, TopicSpec>>,
  ports: CompilePorts,
): { readonly nodes: readonly GraphNode[]; readonly topics: readonly TopicSpec[] } {
  const build = n.kind === 'processor' ? ports.flow?.(n.run, n.config) : undefined
  return build === undefined ? { nodes: [graphNode(n, ports)], topics: [] } : flowOf(n, build, application, topics)
}

function graphNode(n: CheckedNode, ports: CompilePorts): GraphNode {
  if (n.kind === 'source') return { ...n, kind: 'source', create: () => ports.source(n.run, n.config, n) }
  if (n.kind === 'sink') return { ...n, kind: 'sink', create: () => ports.sink(n.run, n.config, n) }
  if (n.from.length === 0) throw new StreamsError('TOPOLOGY_INVALID', `processor ${n.name} reads nothing`)
  return { ...n, kind: 'processor', create: () => ports.processor(n.run, n.config, n) }
}
