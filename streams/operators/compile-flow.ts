import { StreamsError } from '../errors.ts'
import type { Graph, ProcessorSpec, StoreSpec, TopicSpec } from '../graph.ts'
import type { Flow } from './flow.ts'
import type { FlowNode } from './flow-node.ts'
import { flowProcessor } from './flow-processor.ts'
import { internalSerde } from './internal-serde.ts'
import type { FlowPlan } from './plan.ts'

/** What the parts of a flow have in common. */
export type FlowSettings = Pick<ProcessorSpec, 'guarantee' | 'commitIntervalMs' | 'errors' | 'feedback'>

export interface CompiledFlow {
  readonly topics: readonly TopicSpec[]
  readonly nodes: readonly ProcessorSpec[]
}

/** The graph with a flow added. Throws TOPOLOGY_INVALID. */
export function withFlow(graph: Graph, flow: Flow, settings: FlowSettings): Graph {
  const { topics, nodes } = compileFlow(graph.name, graph.topics, flow.plan, settings)
  return {
    ...graph,
    topics: { ...graph.topics, ...Object.fromEntries(topics.map((topic) => [topic.name, topic])) },
    nodes: { ...graph.nodes, ...Object.fromEntries(nodes.map((node) => [node.name, node])) },
  }
}

/** One part of a flow: what must run in one task. */
interface Part {
  readonly name: string
  readonly nodes: readonly FlowNode[]
  readonly from: readonly string[]
  readonly to: readonly string[]
}

/**
 * The processors of a flow: the part that reads the topology's topics has the flow's name, a part behind a repartition topic
 * the name of the topic as well. Throws TOPOLOGY_INVALID where topics are unknown or a part's are not co-partitioned.
 */
export function compileFlow(
  application: string,
  topics: Readonly<Record<string, TopicSpec>>,
  plan: FlowPlan,
  settings: FlowSettings,
): CompiledFlow {
  const parts = partsOf(plan)
  const partitions = partitionsOf(plan, parts, topics)
  const loops = loopsOf(plan, parts)
  const internal = [...plan.internal.values()].map(
    ({ name }): TopicSpec => ({
      name,
      topic: `${application}.${name}`,
      partitions: partitions.get(readerOf(parts, name)) ?? 1,
      cleanup: 'delete',
      retentionMs: longestOf(topics),
      value: internalSerde,
    }),
  )
  return { topics: internal, nodes: parts.map((part) => processorOf(plan.processor, part, settings, loops)) }
}

/** Records keep their own time through a repartition topic, so it keeps them for as long as any topic of the topology. */
function longestOf(topics: Readonly<Record<string, TopicSpec>>): number {
  let longest = -1
  // Asked for each flow of a topology that may have hundreds of both, so without a list in between.
  for (const name in topics) {
    const topic = topics[name]
    if (topic === undefined || topic.cleanup !== 'delete') continue
    if (topic.retentionMs < 0) return -1
    longest = Math.max(longest, topic.retentionMs)
  }
  return longest
}

const unique = (names: readonly string[]): readonly string[] => [...new Set(names)]

function processorOf(
  partOf: string,
  { name, nodes, from, to }: Part,
  settings: FlowSettings,
  loops: ReadonlySet<string>,
): ProcessorSpec {
  const stores = nodes.flatMap((node) => node.stores).map((store): StoreSpec => ({ name: store, type: 'kv' }))
  const tables = Object.fromEntries(nodes.flatMap((node) => node.globals).map((global) => [global, global]))
  const create = () => flowProcessor(nodes)
  const { guarantee, commitIntervalMs, errors } = settings
  const feedback = from.filter((topic) => loops.has(topic) || settings.feedback?.includes(topic))
  const common = { guarantee, commitIntervalMs, errors, broadcast: [], feedback, partOf }
  return { ...common, kind: 'processor', name, from, tables, to, stores, create }
}

/** Nodes that feed each other or read each other's stores belong together, and all that read topics of the topology. */
function partsOf(plan: FlowPlan): readonly Part[] {
  const parents = new Map<FlowNode, FlowNode>()
  const root = (node: FlowNode): FlowNode => {
    const parent = parents.get(node)
    return parent === undefined ? node : root(parent)
  }
  const unite = (one: FlowNode, other: FlowNode): void => {
    const [a, b] = [root(one), root(other)]
    if (a !== b) parents.set(b, a)
  }
  for (const node of plan.nodes) for (const other of [...node.inputs, ...node.reads]) unite(other, node)
  const isInternal = (node: FlowNode): boolean => node.from !== undefined && plan.internal.has(node.from)
  const hasInternal = new Set(plan.nodes.filter(isInternal).map(root))
  const [first, ...others] = plan.nodes.filter((node) => node.from !== undefined && !isInternal(node))
  if (first === undefined)
    throw new StreamsError('TOPOLOGY_INVALID', `${plan.processor} reads no topic`, { node: plan.processor })
  for (const other of others) if (!hasInternal.has(root(other))) unite(first, other)
  return [...Map.groupBy(plan.nodes, root).values()].map((nodes) => partOf(plan, nodes, nodes.includes(first)))
}

function partOf(plan: FlowPlan, nodes: readonly FlowNode[], isFirst: boolean): Part {
  // What a task commits beside offsets lies with the first topic: not to be moved by a change of the code's order.
  const from = unique(nodes.flatMap((node) => node.from ?? [])).toSorted()
  const label = from.map((name) => plan.internal.get(name)?.label).find((one) => one !== undefined)
  const name = isFirst || label === undefined ? plan.processor : `${plan.processor}.${label}`
  return { name, nodes, from, to: unique(nodes.flatMap((node) => node.to)) }
}

/** Internal topics that close a loop between parts: who reads one of them must not wait for what it itself causes. */
function loopsOf(plan: FlowPlan, parts: readonly Part[]): ReadonlySet<string> {
  const loops = new Set<string>()
  const next = new Map<Part, Part[]>()
  const reaches = (from: Part, to: Part): boolean =>
    from === to || (next.get(from) ?? []).some((one) => reaches(one, to))
  for (const topic of plan.internal.keys()) {
    const reader = readerOf(parts, topic)
    if (reader === undefined) continue
    const writers = parts.filter((part) => part.to.includes(topic))
    if (writers.some((writer) => reaches(reader, writer))) loops.add(topic)
    else for (const writer of writers) next.set(writer, [...(next.get(writer) ?? []), reader])
  }
  return loops
}

const readerOf = (parts: readonly Part[], topic: string): Part | undefined =>
  parts.find((part) => part.from.includes(topic))

/** A part has as many tasks as the topics of the topology it reads have partitions, else as its repartition topics get. */
function partitionsOf(
  plan: FlowPlan,
  parts: readonly Part[],
  topics: Readonly<Record<string, TopicSpec>>,
): ReadonlyMap<Part | undefined, number> {
  const known = new Map<Part | undefined, number>()
  const visit = (part: Part): number => {
    const found = known.get(part)
    if (found !== undefined) return found
    // A part that feeds itself through others asks for itself meanwhile.
    known.set(part, 1)
    const wanted = part.from.flatMap((name) => plan.internal.get(name)?.partitions ?? [])
    const writers = parts.filter((other) => other.to.some((name) => part.from.includes(name)))
    const count =
      declaredPartitions(plan, part, topics) ?? Math.max(...(wanted.length > 0 ? wanted : writers.map(visit)))
    if (wanted.some((one) => one !== count)) {
      const message = `${part.name} needs ${count} partitions in each of its topics, not ${wanted.join(' and ')}`
      throw new StreamsError('TOPOLOGY_INVALID', message, { node: part.name })
    }
    known.set(part, count)
    return count
  }
  for (const part of parts) visit(part)
  return known
}

function declaredPartitions(
  plan: FlowPlan,
  part: Part,
  topics: Readonly<Record<string, TopicSpec>>,
): number | undefined {
  const declared = part.from.filter((name) => !plan.internal.has(name))
  for (const name of [...declared, ...part.to.filter((one) => !plan.internal.has(one))]) {
    if (topics[name] !== undefined) continue
    throw new StreamsError('TOPOLOGY_INVALID', `${part.name} names topic ${name}, which is not declared`, {
      node: part.name,
    })
  }
  const counts = declared.map((name) => `${name} ${topics[name]?.partitions}`)
  const [first, ...others] = declared.map((name) => topics[name]?.partitions)
  if (others.some((one) => one !== first)) {
    const message = `${part.name} needs input topics with equally many partitions; it has ${counts.join(', ')}`
    throw new StreamsError('TOPOLOGY_INVALID', message, { node: part.name })
  }
  return first
}
