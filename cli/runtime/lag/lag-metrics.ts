import type { Gauge } from 'prom-client'
import type { EngineView } from '../../../api/app.ts'
import { LAG_STATUSES } from '../../../streams/index.ts'
import type { LagRow } from './lag-row.ts'

export type AddGauge = (
  name: string,
  help: string,
  labelNames: readonly string[],
  collect: (gauge: Gauge) => Promise<void>,
) => Gauge

const PARTITION = ['node', 'group', 'task', 'topic', 'partition'] as const
const partitionLabels = (row: LagRow): Record<string, string> => ({
  node: row.node,
  group: row.group,
  task: row.task_id,
  topic: row.topic,
  partition: String(row.partition),
})

/** Lag for Prometheus. The alert rules of the chart name these. */
export function lagMetrics(add: AddGauge, engine: EngineView): void {
  const perPartition = (name: string, help: string, value: (row: LagRow) => number | null): void => {
    add(name, help, PARTITION, async (gauge) => {
      gauge.reset()
      for (const row of await engine.lag()) {
        const measured = value(row)
        if (measured !== null) gauge.set(partitionLabels(row), measured)
      }
    })
  }
  perPartition('stonks_lag_records', 'Records a task has not read yet.', (row) => row.lag_records)
  perPartition(
    'stonks_lag_offsets',
    "Distance to the last written offset, as Kafka's own tools tell it.",
    (row) => row.lag_offsets,
  )
  perPartition('stonks_lag_seconds', 'Age of the next record a task will read.', (row) =>
    row.behind_ms === null ? null : row.behind_ms / 1000,
  )
  perPartition(
    'stonks_lag_records_per_second',
    'How fast the lag grows; negative where it shrinks.',
    (row) => row.lag_records_per_second,
  )
  perPartition(
    'stonks_lag_status',
    `Status, 0 is fine: ${LAG_STATUSES.map((s, i) => `${i} ${s}`).join(', ')}.`,
    (row) => LAG_STATUSES.indexOf(row.status),
  )
  add(
    'stonks_catch_up_seconds',
    'Until a node has nothing left to read, by its slowest partition.',
    ['node', 'group'],
    async (gauge) => {
      gauge.reset()
      for (const rows of Map.groupBy(await engine.lag(), ({ group }) => group).values()) {
        const [first] = rows
        if (first !== undefined) gauge.set({ node: first.node, group: first.group }, slowestOf(rows) / 1000)
      }
    },
  )
}

/** Infinite where one partition does not get closer at all: a node has caught up when its last partition has. */
export const slowestOf = (rows: readonly Pick<LagRow, 'catch_up_ms'>[]): number =>
  rows.reduce((most, { catch_up_ms }) => Math.max(most, catch_up_ms ?? Number.POSITIVE_INFINITY), 0)
