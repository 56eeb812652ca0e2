import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { reconciled, type Server, serveAllApps } from '../../api/app.ts'
import type { Postgres, Recording } from '../../connectors/index.ts'
import type { EngineLogger, InputRecord, SinkThread } from '../../streams/index.ts'
import type { CheckedNode, CheckedTopology } from '../../topology/index.ts'
import type { Output } from '../output.ts'
import type { Settings } from '../settings.ts'
import { ACCOUNT_ID, apiDeps } from './apis.ts'
import { checkRecording } from './check-recording.ts'
import { closeAll } from './close-all.ts'
import { createEngineView } from './engine-view.ts'
import { nodesOfGroups } from './lag/lag-row.ts'
import { openLag } from './lag/open-lag.ts'
import { recordLag } from './lag/record-lag.ts'
import { watchBridges } from './lag/watch-bridges.ts'
import { listenNear } from './listen.ts'
import { loadTopology } from './load-topology.ts'
import { openPages } from './pages.ts'
import { placeDatabase } from './parts.ts'
import { openFileState } from './reload/file-state.ts'
import { announceRunning } from './running.ts'
import { openSinkThread } from './sink-thread.ts'
import { openSystem, type System } from './system.ts'

export interface StartOptions {
  readonly settings: Settings
  readonly output: Output
  readonly logger: EngineLogger
  /** A run over a recording to its end, in the order of event time. */
  readonly isBatch: boolean
  readonly onForward?: (topicName: string, record: InputRecord) => void
}

export interface Started {
  readonly system: System
  readonly url: string
  close(drainMs: number): Promise<void>
}

const FINISHED = 'finished'

/** Everything in this process: database, APIs, pages, and all nodes of the topology. */
export async function startAll(options: StartOptions): Promise<Started> {
  const { settings, output, logger, isBatch } = options
  const topology = loadTopology(settings, output)
  const recorded = settings.env['STONKS_RECORDING'] ? await checkRecording(settings) : undefined
  if (isBatch) forgetFinishedRun(settings, output)
  const { database, sinkThread, recording } = await openParts(settings, topology, recorded)
  const closers: ((drainMs: number) => Promise<void>)[] = [() => database.close()]
  const close = (drainMs: number): Promise<void> => closeAll(closers.splice(0).map((one) => () => one(drainMs)))
  try {
    let eventTimeMs = 0
    const nowMs = (): number => eventTimeMs || Date.now()
    const clocked = topicsOfTheClock(topology)
    const pages = isBatch ? undefined : openPages()
    // The risk engine's address is known once it listens; the nodes are opened before, so they ask for it when they need it.
    let server: Server | undefined
    const system = await openSystem({
      settings,
      topology,
      logger,
      database,
      sinkThread,
      riskUrl: () => settings.riskUrl ?? `${server?.url}/risk`,
      loadRecording: async () => recording,
      keep: isBatch ? isOfARecording : () => true,
      boundedBySources: isBatch,
      nowMs,
      onForward(topic, record) {
        if (!clocked.has(topic)) eventTimeMs = Math.max(eventTimeMs, record.timestampMs)
        options.onForward?.(topic, record)
      },
    })
    // The risk engine is asked while the system drains: without an answer an intent is denied, and a run that was told to
    // end would come to another end than one that was not.
    closers.push(async () => server?.close())
    closers.push((drainMs) => system.close(drainMs))
    const opened = await openLag({ settings, graph: system.graph, driver: async () => system.driver, nowMs })
    closers.push(() => opened.close())
    const watched = watchBridges(settings, topology)
    closers.push(async () => watched?.close())
    const engine = createEngineView({
      ...(watched === undefined ? {} : { bridges: watched.lists }),
      topology,
      file: openFileState(settings, topology),
      lag: opened.lag,
      nodes: nodesOfGroups(system.graph),
      application: system.application,
      pace: paceOf(settings),
    })
    const deps = apiDeps({ settings, database, engine, driver: system.driver, logger, topology })
    const others = pages ? [{ prefix: '', listener: await pages }] : []
    server = await listenNear(
      settings.port,
      (port) => serveAllApps(deps, { host: settings.host, port }, others),
      (port) => output.note(`port ${port} is taken, trying ${port + 1}`),
    )
    const { url } = server
    const forget = announceRunning(settings.dataFolder, { pid: process.pid, url })
    closers.push(async () => forget())
    // A recording that is run to its end has no hours to tell of.
    if (!isBatch) closers.push(recordLag(opened.lag, database, logger))
    await reconciled(database, ACCOUNT_ID, new Date())
    await system.application.start()
    return { system, url, close }
  } catch (error) {
    await close(0).catch(() => {})
    throw error
  }
}

interface OpenedParts {
  readonly database: Postgres
  readonly sinkThread: SinkThread
  readonly recording: Recording
}

/**
 * What takes a second each and does not wait for the others: the database in processes of its own, the thread of the
 * sinks, and here the simulated day unless a recording was read.
 */
async function openParts(
  settings: Settings,
  topology: CheckedTopology,
  recorded: Recording | undefined,
): Promise<OpenedParts> {
  const place = await placeDatabase(settings)
  const sinkThread = openSinkThread({ settings, topology, databaseUrl: place.url })
  sinkThread.start()
  try {
    const opening = place.open()
    // What it throws is thrown below, not before somebody listens.
    opening.catch(() => {})
    // Lets the database begin: making the day keeps this thread busy.
    await setImmediate()
    const recording = recorded ?? (await checkRecording(settings))
    return { database: await opening, sinkThread, recording }
  } catch (error) {
    await sinkThread.close()
    throw error
  }
}

/** Without a pace, delays are those of the recording. */
const paceOf = ({ env }: Settings): number => {
  const pace = Number(env['STONKS_SPEED'])
  return pace > 0 && Number.isFinite(pace) ? pace : 1
}

/** A recording is the whole world: nothing is fetched, and no list is read. */
/** Readings of lag carry the time of the clock, whatever time a recording or a simulated day is at. */
function topicsOfTheClock({ nodes }: CheckedTopology): ReadonlySet<string> {
  return new Set(Object.values(nodes).flatMap(({ run, to }) => (run === 'lag' ? to : [])))
}

const isOfARecording = (node: CheckedNode): boolean =>
  node.run !== 'scheduler' && node.run !== 'registry' && node.run !== 'lag' && node.run !== 'redis_in'

/** A batch begins anew where the last one came to its end, and goes on where it was interrupted. */
function forgetFinishedRun(settings: Settings, output: Output): void {
  if (existsSync(join(settings.dataFolder, FINISHED))) {
    for (const part of ['log', 'schemas.json', 'postgres', 'objects', 'lake', 'lake.journal', 'state', FINISHED])
      rmSync(join(settings.dataFolder, part), { recursive: true, force: true })
  } else if (existsSync(join(settings.dataFolder, 'log')))
    output.note(`going on with an interrupted run in ${settings.dataFolder}`)
}

export const markFinished = (settings: Settings): void => writeFileSync(join(settings.dataFolder, FINISHED), '')
