import { type Clock, systemClock } from '../../clock.ts'
import { LocalDriver } from '../local/local-driver.ts'
import { LocalLog } from '../local/local-log.ts'
import type { Capabilities } from '../port.ts'
import { LmdbMedium } from './lmdb-medium.ts'

/** How often a log that stays open applies retention and compaction. */
const SWEEP_EVERY_MS = 3_600_000

export interface EmbeddedLogOptions {
  /** Created where missing; one process at a time. */
  readonly folder: string
  readonly clock?: Clock
  /** For a look beside the process that has it: shows the log as it is at the opening, and writes nothing. */
  readonly readOnly?: boolean
  /** Room left on the disk of a folder; asked of the system unless given. */
  readonly freeBytes?: (folder: string) => number
}

/**
 * Opens the embedded log: durable, in this process, for one machine. Applies retention and compaction at the opening and
 * every hour. Throws LOG_IN_USE, naming the process that has the folder.
 */
export function openEmbeddedLog(options: EmbeddedLogOptions): LocalDriver {
  const { readOnly = false, clock = systemClock } = options
  const medium = new LmdbMedium({ ...options, clock })
  if (!readOnly) medium.sweep()
  const timer = readOnly ? undefined : setInterval(() => medium.sweep(), SWEEP_EVERY_MS).unref()
  const capabilities: Capabilities = { guarantees: ['at_least_once', 'exactly_once'], transactionalState: true }
  return new LocalDriver('embedded', new LocalLog(medium), capabilities, () => clearInterval(timer))
}
