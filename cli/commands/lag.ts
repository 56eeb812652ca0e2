import type { LagView } from '../../api/contract.ts'
import { lagOf, StreamsError, silentLogger, type TaskLag } from '../../streams/index.ts'
import type { CheckedTopology } from '../../topology/index.ts'
import { CommandError, EXIT, grouped, spanText, table } from '../output.ts'
import { graphWithoutCode } from '../runtime/graph-without-code.ts'
import { loadTopology } from '../runtime/load-topology.ts'
import { openDriver } from '../runtime/parts.ts'
import { atRun } from '../runtime/run-folder.ts'
import { findRunning } from '../runtime/running.ts'
import type { Settings } from '../settings.ts'
import type { CommandPorts } from './command.ts'

interface Row {
  readonly task_id: string
  readonly topic: string
  readonly partition: number
  readonly committed_offset: string | null
  readonly end_offset: string
  readonly lag_records: number
  readonly behind_ms: number | null
}

const WATCH_MS = 2_000

/** `stonks lag`: who is behind, in records and in seconds. */
export function lagCommand({ program, settings, output, finish }: CommandPorts): void {
  program
    .command('lag')
    .description('who is behind: records and seconds, per task and partition')
    .argument('[nodes...]', 'processors and sinks; all unless given')
    .option('--watch', 'again every two seconds, until Ctrl-C')
    .option('--max-records <n>', 'exit 1 where a task is further behind')
    .option('--json', 'rows as JSON')
    .action(async (nodes: string[], options: { watch?: boolean; maxRecords?: string; json?: boolean }) => {
      const chosen = atRun(settings())
      const topology = loadTopology(chosen, output)
      do {
        const rows = await lagRows(chosen, topology, nodes)
        if (options.json) output.json(rows)
        else output.data(render(rows))
        const limit = options.maxRecords === undefined ? Number.POSITIVE_INFINITY : Number(options.maxRecords)
        finish(rows.some((row) => row.lag_records > limit) ? EXIT.answerIsNo : EXIT.done)
        if (options.watch) await new Promise((resolve) => setTimeout(resolve, WATCH_MS))
      } while (options.watch)
    })
}

/** From the running process where the log is embedded, else from the log itself. */
async function lagRows(
  settings: Settings,
  topology: CheckedTopology,
  nodes: readonly string[],
): Promise<readonly Row[]> {
  const running = settings.driver === 'embedded' ? findRunning(settings.dataFolder) : undefined
  if (running) {
    const response = await fetch(`${running.url}/api/v1/lag`)
    if (!response.ok)
      throw new CommandError(
        EXIT.outside,
        `the running process ${running.pid} answered ${response.status} at ${running.url}`,
      )
    const view = (await response.json()) as LagView
    return view.items.filter((item) => nodes.length === 0 || nodes.includes(item.node))
  }
  const driver = await openDriver(settings, silentLogger)
  try {
    const lags = await lagOf(driver, graphWithoutCode(topology), {
      nowMs: Date.now(),
      ...(nodes.length > 0 ? { nodes } : {}),
    })
    return lags.map(rowOf)
  } catch (error) {
    if (!(error instanceof StreamsError && error.code === 'TOPIC_MISSING')) throw error
    throw new CommandError(EXIT.missing, error.message, `nothing ran yet on ${where(settings)}: stonks start`)
  } finally {
    await driver.close()
  }
}

const where = (settings: Settings): string =>
  settings.driver === 'embedded' ? settings.dataFolder : settings.kafkaBrokers.join(', ')

const rowOf = (lag: TaskLag): Row => ({
  task_id: lag.taskId,
  topic: lag.topic,
  partition: lag.partition,
  committed_offset: lag.committed === undefined ? null : String(lag.committed),
  end_offset: String(lag.end),
  lag_records: Number(lag.lagRecords),
  behind_ms: lag.behindMs ?? null,
})

function render(rows: readonly Row[]): string {
  const sorted = rows.toSorted(
    (a, b) => b.lag_records - a.lag_records || a.task_id.localeCompare(b.task_id) || a.topic.localeCompare(b.topic),
  )
  const lines = sorted.map((row) => [
    row.task_id,
    `${row.topic}-${row.partition}`,
    row.committed_offset ?? 'never',
    row.end_offset,
    grouped(row.lag_records),
    row.lag_records === 0 ? '-' : row.behind_ms === null ? 'unknown' : spanText(row.behind_ms),
  ])
  const behind = rows.filter((row) => row.lag_records > 0).length
  const summary = behind === 0 ? 'Everything is keeping up.' : `${behind} of ${rows.length} partitions are behind.`
  return `${table(['TASK', 'SOURCE', 'COMMITTED', 'END', 'LAG', 'BEHIND'], lines, new Set([2, 3, 4, 5]))}\n\n${summary}`
}
