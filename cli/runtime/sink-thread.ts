import { Worker } from 'node:worker_threads'
import { SinkThread } from '../../streams/index.ts'
import type { CheckedTopology } from '../../topology/index.ts'
import type { Settings } from '../settings.ts'

/** What the thread is told; it opens everything else itself. */
export interface SinkThreadData {
  readonly settings: Settings
  readonly topology: CheckedTopology
  readonly databaseUrl: string
}

/** Sinks that are as much work together as all processors: rows for PostgreSQL and files of the lake. */
const ON_THREAD: ReadonlySet<string> = new Set(['parquet', 'postgres'])
/** One that tells where it begins has to be asked in the engine's own thread. */
export const isOnThread = (run: string, settings: Settings): boolean =>
  ON_THREAD.has(run) && !(run === 'parquet' && settings.hiveMetastoreUri !== undefined)

/** A thread for the sinks that are worth one, where the whole graph runs in this process. */
export const openSinkThread = (workerData: SinkThreadData): SinkThread =>
  new SinkThread(() => new Worker(new URL('./run-sinks.ts', import.meta.url), { workerData }))
