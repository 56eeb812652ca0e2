import type { ConsumerLag } from '../../../schemas/index.ts'
import type { Graph, LogDriver } from '../../../streams/index.ts'
import type { Settings } from '../../settings.ts'
import { lagRow, type NodesOfGroups, nodesOfGroups } from './lag-row.ts'
import { type OpenedLag, openLag } from './open-lag.ts'

export interface ReadLag {
  readonly readLag: (measuredAtMs: number) => Promise<readonly ConsumerLag[]>
  readonly close: () => Promise<void>
}

/**
 * Lag for the source that makes facts of it, measured from when it is first asked. A recording has other times than the clock,
 * so of a run of one nothing is told.
 */
export function openReadLag(settings: Settings, graph: Graph, driver: LogDriver, nowMs?: () => number): ReadLag {
  const nodes = nodesOfGroups(graph)
  let opening: Promise<OpenedLag> | undefined
  return {
    async readLag(measuredAtMs) {
      if (settings.env['STONKS_RECORDING']) return []
      opening ??= openLag({ settings, graph, driver: async () => driver, ...(nowMs && { nowMs }) })
      const lags = await (await opening).lag.collect()
      return lags.map((lag) => readingOf(lag, nodes, measuredAtMs))
    },
    close: async () => (await opening)?.close(),
  }
}

function readingOf(lag: Parameters<typeof lagRow>[0], nodes: NodesOfGroups, measuredAtMs: number): ConsumerLag {
  const row = lagRow(lag, nodes)
  return {
    reading_id: `${row.group}/${row.topic}-${row.partition}@${measuredAtMs}`,
    group_id: row.group,
    node: row.node,
    topic: row.topic,
    partition: row.partition,
    measured_at: measuredAtMs,
    committed_offset: row.committed_offset === null ? null : Number(row.committed_offset),
    end_offset: Number(row.end_offset),
    lag_records: row.lag_records,
    lag_exact: row.lag_exact,
    behind_ms: row.behind_ms,
    lag_records_per_second: row.lag_records_per_second,
    status: row.status,
  }
}
