import { join } from 'node:path'
import type { Clock } from '../../clock.ts'
import { LmdbMedium } from '../../log/embedded/lmdb-medium.ts'
import type { LogMedium } from '../../log/local/medium.ts'
import { MemoryMedium } from '../../log/local/memory-medium.ts'

/** Local copies of this process's stores. Losing them costs a restore from the changelogs, nothing else. */
export type StateDisk = Pick<LogMedium, 'backing' | 'write' | 'close'>

/** In a folder of this process's own under `stateDir`; in memory without one. Throws LOG_IN_USE. */
export function openStateDisk(stateDir: string | undefined, processId: string, clock: Clock): StateDisk {
  if (stateDir === undefined) return new MemoryMedium()
  return new LmdbMedium({ folder: join(stateDir, processId), clock })
}

/** Where a task notes how much of each store's changelog its local copy holds: the next offset to read. */
export const positionStoreOf = (node: string, partition: number): string => `${node}/$changelog/${partition}`
