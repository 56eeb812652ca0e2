import { existsSync } from 'node:fs'
import { MARKET_DAY, type Recording, RecordingError, timelineOf } from '../../connectors/index.ts'
import type { CheckedTopology } from '../../topology/index.ts'
import { CommandError, EXIT } from '../output.ts'
import type { Settings } from '../settings.ts'
import { loadRecording } from './recordings.ts'

const DAY_MS = 86_400_000

/** The recording of the settings, read through before anything runs. Throws CommandError with the file and line that is wrong. */
export async function checkRecording({ env }: Settings): Promise<Recording> {
  const name = env['STONKS_RECORDING'] || MARKET_DAY
  try {
    return await loadRecording(name)
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error
    throw new CommandError(existsSync(name) ? EXIT.usage : EXIT.missing, error.message)
  }
}

/**
 * Kafka counts retention from a record's own time, and a replay keeps the time of its recording: what is older than a topic
 * keeps would be deleted while it is being read. Throws CommandError naming the topics and the setting.
 */
export function checkKept(recording: Recording, topology: CheckedTopology, nowMs: number): void {
  const firstMs = timelineOf(recording)[0]?.atMs ?? nowMs
  const short = Object.values(topology.topics).filter(
    ({ cleanup, retentionMs }) => cleanup === 'delete' && retentionMs >= 0 && firstMs < nowMs - retentionMs,
  )
  const [shortest] = short.toSorted((a, b) => a.retentionMs - b.retentionMs)
  if (shortest === undefined) return
  throw new CommandError(
    EXIT.refused,
    `the recording ${recording.name} begins on ${new Date(firstMs).toISOString().slice(0, 10)}, and Kafka would delete its ` +
      `records while they are read: ${shortest.topic} keeps ${Math.round(shortest.retentionMs / DAY_MS)} days by a ` +
      `record's own time, and so do ${short.length - 1} more`,
    'set STONKS_RECORDING (or STONKS_RETENTION=forever) for every process of this run',
  )
}
