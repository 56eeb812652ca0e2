import {
  type Application,
  type Bounds,
  boundDriver,
  createApplication,
  type EngineLogger,
  type Graph,
  type InputRecord,
} from '../../../streams/index.ts'
import { type CheckedTopology, shadowGraphOf } from '../../../topology/index.ts'
import { CommandError, EXIT } from '../../output.ts'
import type { Settings } from '../../settings.ts'
import { VERSION } from '../../version.ts'
import { assembleGraph } from '../assemble.ts'
import type { NodePorts } from '../catalog.ts'
import { type Close, closeAll, thenClose } from '../close-all.ts'
import { graphWithoutCode } from '../graph-without-code.ts'
import { openNodePorts } from '../node-ports.ts'
import { openDriver } from '../parts.ts'
import { openRawObjects, openRegistry } from '../stores.ts'
import { openShadowSerdes } from './shadow-serdes.ts'

/** Code that changes something outside of the log: a second one beside it would change it twice. */
const REACHES_OUT: Readonly<Record<string, string>> = {
  ingest: 'fetches from sources and writes to the object store',
  trade: 'has the risk engine reserve what it decides on',
}

export interface ShadowOptions {
  readonly settings: Settings
  readonly topology: CheckedTopology
  /** A processor of the topology. */
  readonly processor: string
  readonly logger: EngineLogger
  /** Where it ends; a shadow without goes on. */
  readonly bounds?: Bounds
  /** Stable over restarts: of two with the same id the first is fenced. */
  readonly processId: string
  readonly stateDir: string
  readonly onForward?: (topicName: string, record: InputRecord) => void
}

export interface OpenedShadow {
  readonly application: Application
  readonly graph: Graph
  close(drainMs: number): Promise<void>
}

/** Names of the processor's shadow: its graph with nothing that runs. @throws CommandError where there can be none */
export function shadowNames(topology: CheckedTopology, processor: string): Graph {
  const node = topology.nodes[processor]
  const known = Object.values(topology.nodes).flatMap(({ kind, name }) => (kind === 'processor' ? [name] : []))
  if (node?.kind !== 'processor')
    throw new CommandError(EXIT.usage, `there is no processor ${processor}`, `the processors are ${known.join(', ')}`)
  const reaches = REACHES_OUT[node.run]
  if (reaches !== undefined)
    throw new CommandError(EXIT.refused, `${processor} ${reaches}: a second one beside it would do that too`)
  return shadowGraphOf(graphWithoutCode(topology), processor)
}

/** A processor beside the one that runs, opened and not yet started: it writes to topics of its own only. */
export async function openShadow(options: ShadowOptions): Promise<OpenedShadow> {
  const { settings, topology, processor, logger, bounds } = options
  const names = shadowNames(topology, processor)
  const written = new Set(Object.values(names.nodes).flatMap((node) => (node.kind === 'sink' ? [] : node.to)))
  const driver = await openDriver(settings, logger)
  const closers: Close[] = [() => driver.close()]
  try {
    const serdes = await openShadowSerdes(topology, openRegistry(settings, topology.compatibility), written)
    const opened = openNodePorts(settings, topology, { ...NOTHING_OUTSIDE, objects: await openRawObjects(settings) })
    closers.push(() => opened.close())
    const ports: NodePorts = { ...opened.ports, putRaw: refuse('the object store') }
    const graph = shadowGraphOf(
      assembleGraph(topology, serdes, ports, () => undefined),
      processor,
    )
    const application = createApplication({
      graph,
      driver: bounds === undefined ? driver : boundDriver(driver, bounds),
      processId: options.processId,
      logger,
      appVersion: VERSION,
      stateDir: options.stateDir,
      ...(options.onForward ? { onForward: options.onForward } : {}),
    })
    return {
      application,
      graph,
      close: (drainMs) =>
        thenClose(
          () => application.drain(drainMs),
          () => closeAll(closers),
        ),
    }
  } catch (error) {
    await closeAll(closers).catch(() => {})
    throw error
  }
}

const refuse = (what: string) => async (): Promise<never> => {
  throw new Error(`a shadow changes nothing outside of the log: ${what} was asked`)
}

/** Only sources and sinks ask for these, and a shadow has none. */
const NOTHING_OUTSIDE: Omit<Parameters<typeof openNodePorts>[2], 'objects'> = {
  database: { query: refuse('the database'), transaction: refuse('the database') } as never,
  theLake: refuse('the lake'),
  loadRecording: refuse('a recording'),
  readLag: refuse('lag'),
  processId: 'shadow',
  riskUrl: () => {
    throw new Error('a shadow does not ask the risk engine')
  },
}
