import {
  ClusterLagReader,
  type Graph,
  groupOf,
  LagCollector,
  type LogDriver,
  openClusterOperations,
  readLogLag,
} from '../../../streams/index.ts'
import type { Settings } from '../../settings.ts'
import { kafkaOf } from '../parts.ts'

export interface LagOptions {
  readonly settings: Settings
  readonly graph: Graph
  /** Asked where the log is embedded. */
  readonly driver: () => Promise<LogDriver>
  /** The moment that ages are told by; now unless given. */
  readonly nowMs?: () => number
  /** Groups beside those of the graph; none unless given. */
  readonly others?: (groupId: string) => boolean
}

export interface OpenedLag {
  readonly lag: LagCollector
  close(): Promise<void>
}

/** The one collector of a process: of the cluster where there is one, else of the embedded log. */
export async function openLag(options: LagOptions): Promise<OpenedLag> {
  const { settings, graph, nowMs = () => Date.now(), others = () => false } = options
  const clock = { nowMs, elapsedMs: () => performance.now() }
  if (settings.driver === 'embedded') {
    const driver = await options.driver()
    return {
      lag: new LagCollector({ ...clock, read: () => readLogLag(driver, graph, nowMs()) }),
      close: async () => {},
    }
  }
  const operations = await openClusterOperations(kafkaOf(settings, 'stonks-lag'))
  const reader = new ClusterLagReader(operations, { wanted: topicsOfGroups(graph), others })
  return { lag: new LagCollector({ ...clock, read: () => reader.read() }), close: () => operations.close() }
}

function topicsOfGroups(graph: Graph): ReadonlyMap<string, readonly string[]> {
  const entries = Object.values(graph.nodes).flatMap((node) => {
    if (node.kind === 'source') return []
    const names = node.kind === 'sink' ? node.from : [...node.from, ...node.broadcast]
    return [[groupOf(graph, node.name), names.map((name) => graph.topics[name]?.topic ?? name)] as const]
  })
  return new Map(entries)
}
