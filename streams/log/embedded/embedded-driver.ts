import { type Clock, systemClock } from '../../clock.ts'
import { LocalDriver } from '../local/local-driver.ts'
import { LocalLog } from '../local/local-log.ts'
import { LmdbMedium } from './lmdb-medium.ts'

export interface EmbeddedLogOptions {
  /** Created where missing; one process at a time. */
  readonly folder: string
  readonly clock?: Clock
}

/**
 * Opens the embedded log: durable, in this process, for one machine. Applies retention and compaction once, at opening.
 * Throws LOG_IN_USE, naming the process that has the folder.
 */
export function openEmbeddedLog(options: EmbeddedLogOptions): LocalDriver {
  const medium = new LmdbMedium({ folder: options.folder, clock: options.clock ?? systemClock })
  medium.sweep()
  return new LocalDriver('embedded', new LocalLog(medium), {
    guarantees: ['at_least_once', 'exactly_once'],
    transactionalState: true,
  })
}
