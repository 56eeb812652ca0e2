import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Database } from '../../connectors/index.ts'
import {
  type Application,
  createApplication,
  type EngineLogger,
  type EventTime,
  type Graph,
  type InputRecord,
  type LogDriver,
  type SinkThread,
  StreamsError,
} from '../../streams/index.ts'
import type { CheckedNode, CheckedTopology } from '../../topology/index.ts'
import { CommandError, EXIT } from '../output.ts'
import type { Settings } from '../settings.ts'
import { VERSION } from '../version.ts'
import { assembleGraph } from './assemble.ts'
import { type Close, closeAll, thenClose } from './close-all.ts'
import { graphWithoutCode } from './graph-without-code.ts'
import { openReadLag } from './lag/read-lag.ts'
import { openNodePorts } from './node-ports.ts'
import { openDriver } from './parts.ts'
import { loadRecording } from './recordings.ts'
import { isOnThread } from './sink-thread.ts'
import { lakeOfProcess, openRawObjects, openSerdes } from './stores.ts'

export interface SystemOptions {
  readonly settings: Settings
  readonly topology: CheckedTopology
  readonly logger: EngineLogger
  readonly database: Database
  /** Where the sinks run that are worth a thread; in this one unless given. Closed with the system. */
  readonly sinkThread?: SinkThread
  /** Where the risk engine listens, asked for when it is needed. */
  readonly riskUrl: () => string
  /** Nodes to run here; all unless given. */
  readonly keep?: (node: CheckedNode) => boolean
  /** Reads the recording again unless it was read before. */
  readonly loadRecording?: typeof loadRecording
  readonly boundedBySources?: boolean
  /** Folder of the local copies of stores; one below the data folder unless given. */
  /** Where what runs has come in event time; the clock unless given. */
  readonly nowMs?: () => number
  readonly stateDir?: string
  readonly onForward?: (topicName: string, record: InputRecord) => void
}

/** The engine with everything its nodes need, opened and not yet started. */
export interface System {
  readonly application: Application
  readonly driver: LogDriver
  readonly graph: Graph
  /** Finishes what is in hand within the time given, then closes everything. */
  close(drainMs: number): Promise<void>
}

export async function openSystem(options: SystemOptions): Promise<System> {
  const { settings, topology, logger } = options
  mkdirSync(settings.dataFolder, { recursive: true })
  const driver = await takeDriver(settings, logger)
  const closers: Close[] = [() => driver.close()]
  try {
    const processId = processIdOf(settings)
    const keep = options.keep ?? (() => true)
    const serdes = await openSerdes(topology, settings, touchedBy(topology, keep))
    const lake = lakeOfProcess(settings)
    closers.push(() => lake.close())
    const lag = openReadLag(settings, graphWithoutCode(topology), driver, options.nowMs)
    closers.push(() => lag.close())
    const opened = openNodePorts(settings, topology, {
      objects: await openRawObjects(settings),
      theLake: lake.theLake,
      database: options.database,
      riskUrl: options.riskUrl,
      processId,
      loadRecording: options.loadRecording ?? loadRecording,
      readLag: lag.readLag,
    })
    closers.push(() => opened.close())
    const { sinkThread } = options
    if (sinkThread !== undefined) closers.push(() => sinkThread.close())
    const onThread = ({ name, run }: CheckedNode) => (isOnThread(run, settings) ? sinkThread?.sink(name) : undefined)
    const graph = { ...assembleGraph(topology, serdes, opened.ports, onThread), ...eventTimeOf(settings, topology) }
    const kept = new Set(
      Object.values(topology.nodes)
        .filter(keep)
        .map((node) => node.name),
    )
    const nodes = Object.values(graph.nodes)
      .filter((node) => kept.has('partOf' in node && node.partOf ? node.partOf : node.name))
      .map((node) => node.name)
    const application = createApplication({
      graph,
      driver,
      nodes,
      processId,
      logger,
      appVersion: VERSION,
      stateDir: options.stateDir ?? join(settings.dataFolder, 'state'),
      boundedBySources: options.boundedBySources ?? false,
      ...(options.onForward ? { onForward: options.onForward } : {}),
    })
    return {
      application,
      driver,
      graph,
      async close(drainMs) {
        await thenClose(
          () => application.drain(drainMs),
          () => closeAll(closers),
        )
      },
    }
  } catch (error) {
    await closeAll(closers).catch(() => {})
    throw error
  }
}

/** Topics that the nodes kept read or write. */
function touchedBy(topology: CheckedTopology, keep: (node: CheckedNode) => boolean): (topicName: string) => boolean {
  const kept = Object.values(topology.nodes).filter(keep)
  const names = new Set(
    kept.flatMap(({ from, broadcast, tables, to }) => [...from, ...broadcast, ...Object.values(tables), ...to]),
  )
  return (name) => names.has(name)
}

/** Processes keep to one event time where the topology says so. A replay is waited for only in a run that is one. */
function eventTimeOf({ driver, env }: Settings, topology: CheckedTopology): { readonly eventTime?: EventTime } {
  const { maxTaskIdleMs } = topology
  if (driver === 'embedded' || maxTaskIdleMs === 0) return {}
  const isReplayed = Boolean(env['STONKS_RECORDING'])
  const sources = Object.values(topology.nodes).filter(
    (node) => node.kind === 'source' && (node.run === 'replay') === isReplayed,
  )
  return {
    eventTime: {
      sources: new Set(sources.map((node) => node.name)),
      maxTaskIdleMs: maxTaskIdleMs < 0 ? Number.POSITIVE_INFINITY : maxTaskIdleMs,
    },
  }
}

async function takeDriver(settings: Settings, logger: EngineLogger): Promise<LogDriver> {
  try {
    return await openDriver(settings, logger)
  } catch (error) {
    if (!(error instanceof StreamsError)) throw error
    if (error.code === 'LOG_IN_USE')
      throw new CommandError(EXIT.refused, error.message, 'stop it, or give this one a folder of its own with --data')
    if (error.code === 'DRIVER_MISSING') throw new CommandError(EXIT.missing, error.message)
    throw error
  }
}

/** Stable over restarts on the same data folder, different between hosts and folders. */
function processIdOf(settings: Settings): string {
  const file = join(settings.dataFolder, 'process-id')
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    const id = `${hostname()}-${crypto.randomUUID().slice(0, 8)}`
    writeFileSync(file, id)
    return id
  }
}
