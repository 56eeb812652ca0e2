import { changelogTopicOf, type Graph, groupOf, type ProcessorSpec, topicsOf } from '../../streams/index.ts'
import type { CheckedTopology } from '../checked.ts'

/** A processor that had another name, or a store of it that had. */
export interface DesiredMove {
  readonly node: string
  readonly was: string
  /** Where offsets are, and where they belong; the same where only stores have new names. */
  readonly groups: { readonly from: string; readonly to: string }
  readonly changelogs: readonly { readonly from: string; readonly to: string; readonly partitions: number }[]
  /** It is a flow with topics between its parts; what lies in them cannot be carried. */
  readonly hasParts: boolean
}

/** What `moved:` asks for, as names of the cluster. */
export function movesOf(topology: CheckedTopology, graph: Graph): readonly DesiredMove[] {
  const [wasNode, wasStore] = [inverted(topology.moved.processors), inverted(topology.moved.stores)]
  const partitions = new Map(topicsOf(graph, { changelogs: true }).map((one) => [one.topic, one.partitions]))
  return Object.values(graph.nodes).flatMap((node): readonly DesiredMove[] => {
    if (node.kind !== 'processor') return []
    const was = wasNode.get(node.name) ?? node.name
    const changelogs = storesIn(graph, node).flatMap((store) => {
      const to = changelogTopicOf(graph, node.name, store)
      const from = changelogTopicOf(graph, was, wasStore.get(store) ?? store)
      return from === to ? [] : [{ from, to, partitions: partitions.get(to) ?? 1 }]
    })
    if (was === node.name && changelogs.length === 0) return []
    const groups = { from: groupOf(graph, was), to: groupOf(graph, node.name) }
    const hasParts = Object.keys(graph.nodes).some((name) => name.startsWith(`${node.name}.`))
    return [{ node: node.name, was, groups, changelogs, hasParts }]
  })
}

const inverted = (renames: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map(Object.entries(renames).map(([was, is]) => [is, was]))

/** With the one that its error policy has for parked records: whatever has a changelog. */
function storesIn(graph: Graph, node: ProcessorSpec): readonly string[] {
  const [prefix, end] = changelogTopicOf(graph, node.name, '\0').split('\0') as [string, string]
  return topicsOf({ ...graph, nodes: { [node.name]: node } }, { changelogs: true })
    .map(({ topic }) => topic)
    .filter((topic) => topic.startsWith(prefix) && topic.endsWith(end))
    .map((topic) => topic.slice(prefix.length, -end.length))
}
