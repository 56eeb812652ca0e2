import { join } from 'node:path'
import type { ClusterOperations, EngineLogger, Graph } from '../../../streams/index.ts'
import type { CheckedTopology, DiffCounts, RecordDifference } from '../../../topology/index.ts'
import type { Settings } from '../../settings.ts'
import { type Close, closeAll, thenClose } from '../close-all.ts'
import { openDriver } from '../parts.ts'
import { openRegistry } from '../stores.ts'
import { beginShadow } from './begin-shadow.ts'
import { openShadow } from './open-shadow.ts'
import { outputsOf } from './outputs.ts'
import { type WatchedOutput, watchOutput } from './watch-outputs.ts'

const DRAIN_MS = 10_000
const TOLD_EVERY_MS = 10_000
/** One shadow of a processor at a time: of two the first is fenced. */
const PROCESS_ID = 'shadow'
const LIMITS = { waitingMax: 100_000, keptMax: 1_000 }

export interface ShadowRun {
  readonly settings: Settings
  /** As the candidate has it. */
  readonly topology: CheckedTopology
  readonly processor: string
  readonly shadow: Graph
  readonly operations: ClusterOperations
  readonly logger: EngineLogger
  readonly ignore: readonly string[]
  /** How long the slower side is waited for. */
  readonly graceMs: number
  readonly stopped: Promise<unknown>
  readonly begun: (isGoingOn: boolean) => void
  readonly told: (compared: readonly ComparedOutput[]) => void
}

export interface ComparedOutput {
  readonly topic: string
  readonly shadowTopic: string
  readonly by: readonly string[]
  readonly counts: DiffCounts
  /** The latest of them. */
  readonly differences: readonly RecordDifference[]
}

/** Runs a shadow beside its processor and compares what both write, until it is told to stop. */
export async function runShadow(run: ShadowRun): Promise<readonly ComparedOutput[]> {
  const { settings, topology, processor, shadow, operations, logger, stopped, told } = run
  const outputs = outputsOf(topology, processor)
  const start = await beginShadow(operations, shadow, outputs)
  const driver = await openDriver(settings, logger)
  const closers: Close[] = [() => driver.close()]
  const opened = await openShadow({
    settings,
    topology,
    processor,
    logger,
    processId: PROCESS_ID,
    stateDir: join(settings.dataFolder, 'shadows', processor),
  })
  closers.push(() => opened.close(DRAIN_MS))
  const stop = new AbortController()
  let watched: readonly WatchedOutput[] = []
  const work = async (): Promise<void> => {
    await opened.application.start()
    const ports = {
      driver,
      registry: openRegistry(settings, topology.compatibility),
      from: start.compareFrom,
      limits: { ...LIMITS, ignore: run.ignore, graceMs: run.graceMs },
      elapsedMs: () => performance.now(),
    }
    watched = await Promise.all(outputs.map((output) => watchOutput(output, ports, stop.signal)))
    run.begun(start.isGoingOn)
    const timer = setInterval(() => told(watched.map(comparedOf)), TOLD_EVERY_MS)
    closers.push(async () => clearInterval(timer))
    const failing = Promise.all(watched.map(({ ended }) => ended))
    await Promise.race([stopped, opened.application.whenEnded(), failing])
    stop.abort()
    await failing
  }
  await thenClose(work, () => closeAll(closers))
  return watched.map(comparedOf)
}

const comparedOf = ({ output, diff }: WatchedOutput): ComparedOutput => ({
  topic: output.topic,
  shadowTopic: output.shadowTopic,
  by: output.by,
  counts: diff.counts,
  differences: diff.differences,
})
