import type { CheckedNode, CheckedTopology } from '../checked.ts'

/**
 * What a changed topology asks of those that run. `parameters`: these nodes are drained and begin again with what the file
 * says now, the others go on. `shape`: topics, stores, edges or nodes are other ones, which is for a plan.
 */
export type Reload =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'parameters'; readonly nodes: readonly string[] }
  | { readonly kind: 'shape'; readonly changed: readonly string[] }

export function reloadOf(before: CheckedTopology, after: CheckedTopology, running: readonly string[]): Reload {
  const changed = [...changedShared(before, after), ...changedShapes(before, after)]
  if (changed.length > 0) return { kind: 'shape', changed }
  const nodes = running.filter((name) => isOther(before.nodes[name], after.nodes[name], parametersOf))
  return nodes.length === 0 ? { kind: 'nothing' } : { kind: 'parameters', nodes }
}

/** What every node shares. */
function changedShared(before: CheckedTopology, after: CheckedTopology): readonly string[] {
  const shared = ['name', 'compatibility', 'schemaDirectory', 'maxTaskIdleMs'] as const
  const topics = namesOf(before.topics, after.topics)
    .filter((name) => !isSame(before.topics[name], after.topics[name]))
    .map((name) => `topic ${name}`)
  return [...shared.filter((name) => before[name] !== after[name]), ...topics]
}

const changedShapes = (before: CheckedTopology, after: CheckedTopology): readonly string[] =>
  namesOf(before.nodes, after.nodes).filter((name) => isOther(before.nodes[name], after.nodes[name], shapeOf))

const namesOf = (a: object, b: object): readonly string[] => [...new Set([...Object.keys(a), ...Object.keys(b)])]

/** What plan, changelogs and other processes depend on. */
const shapeOf = ({
  kind,
  from,
  feedback,
  broadcast,
  tables,
  stores,
  to,
  window,
  within,
  guarantee,
  errors,
}: CheckedNode) => [
  ...[kind, from, feedback, broadcast, tables, stores, to, window, within, guarantee],
  // Parking has a store of its own.
  errors.then === 'park',
]

/** What a node alone depends on. */
const parametersOf = ({ run, config, calls, commitIntervalMs, errors, batchRecordsMax, batchWaitMs }: CheckedNode) => [
  ...[run, config, calls, commitIntervalMs, errors, batchRecordsMax, batchWaitMs],
]

const isOther = (
  before: CheckedNode | undefined,
  after: CheckedNode | undefined,
  of: (node: CheckedNode) => readonly unknown[],
): boolean => !isSame(before && of(before), after && of(after))

/** By their JSON: the checks fill everything in, in one order. */
const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
