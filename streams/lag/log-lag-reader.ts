import { type Graph, groupOf } from '../graph.ts'
import type { LogDriver } from '../log/port.ts'
import { lagOf } from '../runtime/lag.ts'
import type { LagReading } from './lag-reading.ts'

/** The same of the groups of a graph, from a log that knows no other groups: the embedded one. */
export async function readLogLag(driver: LogDriver, graph: Graph, nowMs: number): Promise<readonly LagReading[]> {
  const lags = await lagOf(driver, graph, { nowMs })
  return lags.map(({ node, topic, partition, committed, end, lagRecords, behindMs }) => ({
    group: groupOf(graph, node),
    at: { topic, partition },
    committed,
    doneAbove: 0n,
    end,
    written: end,
    records: lagRecords,
    isExact: true,
    nextMs: behindMs === undefined ? undefined : nowMs - behindMs,
    hasMembers: undefined,
  }))
}
