import { type Graph, type GraphNode, groupOf } from '../graph.ts'
import type { LogAdmin, LogDriver } from '../log/port.ts'
import { partitionKey, type TopicPartition } from '../record.ts'
import { topicOf } from '../task/outputs.ts'
import { nodesToRun } from './application-options.ts'

/** How far one task is behind on one partition. */
export interface TaskLag {
  readonly node: string
  /** `extract_3`; a broadcast partition belongs to all tasks of the node, `extract`. */
  readonly taskId: string
  readonly topic: string
  readonly partition: number
  /** Next offset to be read; `undefined` where nothing was ever committed, which is not the same as no lag. */
  readonly committed: bigint | undefined
  readonly end: bigint
  readonly lagRecords: bigint
  /** Age of the next unread record, by the given clock; `undefined` where there is none, or it could not be read. */
  readonly behindMs: number | undefined
  readonly neverCommitted: boolean
}

const READ_WAIT_MS = 1_500
const LOOK_MS = 50

/** The lag of every task, from outside: needs the log only, no running application. Offsets below the log's start count from there. */
export async function lagOf(
  driver: LogDriver,
  graph: Graph,
  options: { readonly nodes?: readonly string[]; readonly nowMs: number },
): Promise<TaskLag[]> {
  const admin = await driver.admin()
  try {
    const lags: TaskLag[] = []
    for (const name of nodesToRun(graph, options.nodes)) {
      const node = graph.nodes[name]
      if (node !== undefined && node.kind !== 'source') lags.push(...(await lagOfNode(admin, graph, node)))
    }
    return await Promise.all(
      lags.map(async (lag) => {
        const timeMs = lag.lagRecords === 0n ? undefined : await nextTime(driver, lag)
        if (timeMs === 'none') return { ...lag, lagRecords: 0n }
        return timeMs === undefined ? lag : { ...lag, behindMs: Math.max(0, options.nowMs - timeMs) }
      }),
    )
  } finally {
    await admin.close()
  }
}

async function lagOfNode(
  admin: LogAdmin,
  graph: Graph,
  node: Exclude<GraphNode, { kind: 'source' }>,
): Promise<TaskLag[]> {
  const shared = node.kind === 'processor' ? node.broadcast : []
  const specs = [...node.from, ...shared].map((name) => topicOf(graph, name, node.name))
  const committed = await admin.committedOffsets(
    groupOf(graph, node.name),
    specs.map((spec) => spec.topic),
  )
  const lags: TaskLag[] = []
  for (const spec of specs) {
    const [ends, starts] = [await admin.endOffsets(spec.topic), await admin.startOffsets(spec.topic)]
    for (const [partition, end] of ends.entries()) {
      const at: TopicPartition = { topic: spec.topic, partition }
      const offset = committed.get(partitionKey(at))?.offset
      const start = starts[partition] ?? 0n
      const from = offset === undefined || offset < start ? start : offset
      const taskId = shared.includes(spec.name) ? node.name : `${node.name}_${partition}`
      const lagRecords = end > from ? end - from : 0n
      lags.push({
        node: node.name,
        taskId,
        ...at,
        committed: offset,
        end,
        lagRecords,
        behindMs: undefined,
        neverCommitted: offset === undefined,
      })
    }
  }
  return lags
}

/** The next unread record's timestamp; `none` where all that is left is a transaction's markers. */
async function nextTime(driver: LogDriver, lag: TaskLag): Promise<number | 'none' | undefined> {
  const reader = await driver.reader([{ at: lag, offset: lag.end - lag.lagRecords }])
  try {
    for (let waitedMs = 0; waitedMs < READ_WAIT_MS; waitedMs += LOOK_MS) {
      const [record] = await reader.poll(1, LOOK_MS)
      if (record !== undefined) return record.timestampMs
      const position = reader.position?.(lag)
      if (position !== undefined && position >= lag.end) return 'none'
    }
    return reader.position === undefined && lag.lagRecords <= 1n ? 'none' : undefined
  } finally {
    await reader.close()
  }
}
