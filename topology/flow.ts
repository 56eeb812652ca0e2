import { type BuildFlow, type CompiledFlow, compileFlow, Flow, StreamsError, type TopicSpec } from '../streams/index.ts'
import type { CheckedNode } from './checked.ts'

/**
 * A node's flow as processors of the graph. Throws TOPOLOGY_INVALID where it cannot be built, or uses other topics and stores
 * than the node lists.
 */
export function flowOf(
  node: CheckedNode,
  build: BuildFlow,
  application: string,
  topics: Readonly<Record<string, TopicSpec>>,
): CompiledFlow {
  const flow = new Flow(node.name)
  const { from, to, tables, window, within } = node
  build(flow, { from, to, tables, window, within, state: node.stores.map((store) => store.name) })
  const compiled = compileFlow(application, topics, flow.plan, node)
  const own = (names: readonly string[]): readonly string[] => names.filter((name) => !flow.plan.internal.has(name))
  const used = (of: (spec: CompiledFlow['nodes'][number]) => readonly string[]): readonly string[] =>
    own(compiled.nodes.flatMap(of))
  requireSame(
    'from',
    node.from,
    used((n) => n.from),
  )
  requireSame(
    'to',
    node.to,
    used((n) => n.to),
  )
  requireSame(
    'state',
    node.stores.map((s) => s.name),
    used((n) => n.stores.map((s) => s.name)),
  )
  requireSame(
    'tables',
    Object.values(node.tables),
    used((n) => Object.values(n.tables)),
  )
  return compiled
}

function requireSame(key: string, listed: readonly string[], used: readonly string[]): void {
  const unlisted = used.find((name) => !listed.includes(name))
  if (unlisted !== undefined)
    throw new StreamsError('TOPOLOGY_INVALID', `its flow uses \`${unlisted}\`, which is not under \`${key}:\``)
  const unused = listed.find((name) => !used.includes(name))
  if (unused !== undefined)
    throw new StreamsError('TOPOLOGY_INVALID', `its flow has no use for \`${unused}\` under \`${key}:\``)
}
