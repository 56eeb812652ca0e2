import {
  changelogTopicOf,
  deadLetterTopicOf,
  type Graph,
  type GraphNode,
  groupOf,
  storesOf,
} from '../../streams/index.ts'
import { shadowGraphOf, shadowTopicOf } from '../shadow/shadow-graph.ts'
import { CLUSTER_NAME, distinctRights, type Operation, type ResourceKind, type Right, type Workload } from './right.ts'

/** The workload that every `stonks shadow` runs as, and the one that looks after the cluster. */
const SHADOW = 'shadow'
const OPERATOR = 'operator'
/** The API that tells lag. */
const QUERY = 'query'

/**
 * The least rights of everything that runs: a workload for each node of the topology (all parts of a flow are one), the API
 * that measures lag, whoever plans and applies, and shadows. Topics are there already: only the operator makes them. Nodes named
 * in `measuring` measure lag too.
 */
export function workloadsOf(graph: Graph, measuring: ReadonlySet<string> = new Set()): readonly Workload[] {
  const byWorkload = Map.groupBy(Object.values(graph.nodes), workloadOf)
  const nodes = [...byWorkload].map(([name, of]) => workload(graph, name, of))
  const measured = nodes.map((one) =>
    measuring.has(one.name) ? { ...one, rights: distinctRights([...one.rights, ...lagRights(graph)]) } : one,
  )
  return [...measured, queryApi(graph), shadow(graph), operator(graph)]
}

/** The processor of the topology that a node is, or is a part of. */
const workloadOf = (node: GraphNode): string => ('partOf' in node && node.partOf ? node.partOf : node.name)

function workload(graph: Graph, name: string, nodes: readonly GraphNode[]): Workload {
  return {
    name,
    kind: nodes[0]?.kind ?? 'processor',
    rights: distinctRights(nodes.flatMap((node) => nodeRights(graph, node))),
    subjects: subjectsOf(graph, nodes),
  }
}

function nodeRights(graph: Graph, node: GraphNode): readonly Right[] {
  const spec = (name: string) => graph.topics[name]
  const on = (name: string, operation: Operation, why: string): readonly Right[] => {
    const topic = spec(name)?.topic ?? name
    // A process keeps records longer where the topology says so, and looks at settings for that.
    const looks = spec(name)?.cleanup === 'compact' ? [] : [right('topic', topic, 'DescribeConfigs', 'retention')]
    return [right('topic', topic, operation, why), ...looks]
  }
  const reads = [
    ...inputsOf(node).flatMap((name) => on(name, 'Read', 'reads')),
    ...(node.kind === 'processor' ? Object.values(node.tables) : []).flatMap((name) => on(name, 'Read', 'table')),
  ]
  const writes = node.kind === 'sink' ? [] : node.to.flatMap((name) => on(name, 'Write', 'writes'))
  const letters = deadLetterTopicOf(graph, node.name)
  return [
    ...reads,
    ...writes,
    right('topic', letters, 'Write', 'dead letters'),
    right('topic', letters, 'DescribeConfigs', 'retention'),
    ...changelogRights(graph, node),
    ...(node.kind === 'source' ? [] : [right('group', groupOf(graph, node.name), 'Read', 'its group')]),
    ...transactionRights(graph, node),
  ]
}

const inputsOf = (node: GraphNode): readonly string[] =>
  node.kind === 'source' ? [] : node.kind === 'sink' ? node.from : [...node.from, ...node.broadcast]

function changelogRights(graph: Graph, node: GraphNode): readonly Right[] {
  if (node.kind === 'sink') return []
  const stores = node.kind === 'processor' ? storesOf(node) : node.stores
  return stores.flatMap(({ name }) => {
    const topic = changelogTopicOf(graph, node.name, name)
    return (['Read', 'Write'] as const).map((operation) => right('topic', topic, operation, `changelog of ${name}`))
  })
}

/** Every process of a processor has a transactional id of its own; of a source there is only one at a time. */
function transactionRights(graph: Graph, node: GraphNode): readonly Right[] {
  if (node.kind === 'sink' || node.guarantee !== 'exactly_once') return []
  const id = groupOf(graph, node.name)
  return node.kind === 'source'
    ? [right('transactional_id', id, 'Write', 'exactly once')]
    : [{ ...right('transactional_id', `${id}.`, 'Write', 'exactly once'), pattern: 'prefixed' }]
}

function subjectsOf(graph: Graph, nodes: readonly GraphNode[]): Workload['subjects'] {
  const subject = (name: string): string => `${graph.topics[name]?.topic ?? name}-value`
  const writes = new Set(nodes.flatMap((node) => (node.kind === 'sink' ? [] : node.to)).map(subject))
  const reads = new Set(
    nodes.flatMap((node) => [...inputsOf(node), ...(node.kind === 'processor' ? Object.values(node.tables) : [])]),
  )
  return [
    ...[...writes].map((one) => ({ subject: one, operation: 'write' as const })),
    ...[...new Set([...reads].map(subject))].flatMap((one) =>
      writes.has(one) ? [] : [{ subject: one, operation: 'read' as const }],
    ),
  ]
}

/** Lag is told from the outside: what groups have committed, where topics end, and when their next record was written. */
function lagRights(graph: Graph): readonly Right[] {
  const nodes = Object.values(graph.nodes)
  const topics = [...new Set(nodes.flatMap(inputsOf))].map((name) => graph.topics[name]?.topic ?? name)
  const groups = nodes.flatMap((node) => (node.kind === 'source' ? [] : [groupOf(graph, node.name)]))
  return [
    ...topics.map((topic) => right('topic', topic, 'Read', 'lag')),
    ...groups.map((group) => right('group', group, 'Describe', 'lag')),
  ]
}

function queryApi(graph: Graph): Workload {
  const nodes = Object.values(graph.nodes)
  const written = [...new Set(nodes.flatMap((node) => (node.kind === 'processor' ? node.to : [])))]
  const compared = written.map((name) => graph.topics[name]?.topic ?? name)
  return {
    name: QUERY,
    kind: 'api',
    rights: distinctRights([
      ...lagRights(graph),
      ...compared
        .flatMap((topic) => [topic, shadowTopicOf(topic)])
        .map((topic) => right('topic', topic, 'Read', 'what a shadow gave against what its processor gave')),
    ]),
    subjects: [],
  }
}

/**
 * Whatever candidate runs beside a processor: it reads what that reads, and writes nothing that anybody else reads. What
 * keeps it from trading is that no right here names a topic of the topology to write to.
 */
function shadow(graph: Graph): Workload {
  const processors = Object.values(graph.nodes).filter((node) => node.kind === 'processor')
  const names = [...new Set(processors.map(workloadOf))]
  const of = names.map((name) => {
    const made = shadowGraphOf(graph, name)
    return workload(made, name, Object.values(made.nodes))
  })
  const rights = of.flatMap((one) => one.rights)
  const makes = rights.flatMap(({ resource, operation, name }) =>
    resource === 'topic' && operation === 'Write' ? [right('topic', name, 'Create', 'made when it first runs')] : [],
  )
  const written = [...new Set(processors.flatMap(({ to }) => to))].map((name) => graph.topics[name]?.topic ?? name)
  const compares = [
    ...written
      .flatMap((topic) => [topic, shadowTopicOf(topic)])
      .map((topic) => right('topic', topic, 'Read', 'compares')),
    ...processors.map(({ name }) => right('group', groupOf(graph, name), 'Describe', 'begins where it stands')),
  ]
  return {
    name: SHADOW,
    kind: 'shadow',
    rights: distinctRights([...rights, ...makes, ...compares]),
    subjects: [...new Map(of.flatMap(({ subjects }) => subjects).map((one) => [one.subject, one])).values()],
  }
}

const OPERATOR_TOPIC: readonly Operation[] = [
  'Read',
  'Write',
  'Create',
  'Delete',
  'Alter',
  'AlterConfigs',
  'DescribeConfigs',
]

/** plan, apply, lag, reset, replay and dlq: everything of the topology's own prefix, and nothing of others. */
function operator(graph: Graph): Workload {
  const prefix = `${graph.name}.`
  const all = (resource: ResourceKind, operations: readonly Operation[]): readonly Right[] =>
    operations.map((operation) => ({ ...right(resource, prefix, operation, 'operates'), pattern: 'prefixed' }))
  return {
    name: OPERATOR,
    kind: 'operator',
    rights: [
      ...all('topic', OPERATOR_TOPIC),
      ...all('group', ['Read', 'Delete']),
      ...all('transactional_id', ['Write']),
      right('cluster', CLUSTER_NAME, 'Describe', 'reads the ACLs that plan compares'),
    ],
    subjects: subjectsOf(graph, Object.values(graph.nodes)).map(({ subject }) => ({ subject, operation: 'write' })),
  }
}

const right = (resource: ResourceKind, name: string, operation: Operation, why: string): Right => ({
  resource,
  name,
  pattern: 'literal',
  operation,
  why,
})
