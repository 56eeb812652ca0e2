import { join } from 'node:path'
import { type ClusterOperations, type EngineLogger, type Graph, partitionKey } from '../../../streams/index.ts'
import type { CheckedTopology } from '../../../topology/index.ts'
import type { Settings } from '../../settings.ts'
import { closeAll, thenClose } from '../close-all.ts'
import { openShadow } from './open-shadow.ts'
import { replayFolderOf } from './replay-file.ts'
import { inputsOfGroups, type Stretch } from './stretches.ts'

const DRAIN_MS = 10_000
const TOLD_EVERY_MS = 2_000
/** One at a time: of two the first is fenced, and whoever goes on after a kill does not wait for its transaction. */
const PROCESS_ID = 'replay'

export interface ReplayOptions {
  readonly settings: Settings
  readonly topology: CheckedTopology
  readonly processor: string
  readonly shadow: Graph
  readonly stretches: readonly Stretch[]
  readonly operations: ClusterOperations
  readonly logger: EngineLogger
  readonly stopped: Promise<unknown>
  readonly told: (recordsIn: number) => void
}

export interface Replayed {
  readonly isWhole: boolean
  readonly recordsIn: number
  readonly recordsOut: number
  readonly deadLettered: number
}

/** Runs a replay from where its group stands to its end, or until it is told to stop. */
export async function runReplay(options: ReplayOptions): Promise<Replayed> {
  const { settings, topology, processor, shadow, stretches, operations, logger, stopped, told } = options
  await beginGroups(operations, shadow, stretches)
  const [group = processor] = inputsOfGroups(shadow).keys()
  const opened = await openShadow({
    settings,
    topology,
    processor,
    logger,
    bounds: new Map(stretches.map(({ at, end }) => [partitionKey(at), end])),
    processId: PROCESS_ID,
    stateDir: join(replayFolderOf(settings, group), 'state'),
  })
  const { application } = opened
  const counts = (): Omit<Replayed, 'isWhole'> =>
    application.status().reduce(
      (sum, one) => ({
        recordsIn: sum.recordsIn + one.recordsIn,
        recordsOut: sum.recordsOut + one.recordsOut,
        deadLettered: sum.deadLettered + one.deadLettered,
      }),
      { recordsIn: 0, recordsOut: 0, deadLettered: 0 },
    )
  let result: Replayed = { isWhole: false, ...counts() }
  const timer = setInterval(() => told(counts().recordsIn), TOLD_EVERY_MS)
  const work = async (): Promise<void> => {
    const whole = application.start().then(() => application.whenIdle())
    const isWhole = await Promise.race([whole.then(() => true), stopped.then(() => false)])
    result = { isWhole, ...counts() }
  }
  await thenClose(work, () => closeAll([async () => clearInterval(timer), () => opened.close(DRAIN_MS)]))
  return result
}

/** Groups begin where their stretches do; what one has committed already stays. */
async function beginGroups(operations: ClusterOperations, shadow: Graph, stretches: readonly Stretch[]): Promise<void> {
  for (const [group, topics] of inputsOfGroups(shadow)) {
    const committed = new Set((await operations.offsets(group)).map(({ at }) => partitionKey(at)))
    const missing = stretches.filter(({ at }) => topics.includes(at.topic) && !committed.has(partitionKey(at)))
    if (missing.length === 0) continue
    const offsets = missing.map(({ at, from }) => ({ at, committed: { offset: from, metadata: '' } }))
    await operations.commitOffsets(group, offsets)
  }
}
