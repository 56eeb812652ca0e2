import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { ApiDeps, EngineView } from '../../api/app.ts'
import { type Database, importCompanies, parseCompanyCsv } from '../../connectors/index.ts'
import { companyOf } from '../../processors/index.ts'
import type { EngineLogger, LogDriver } from '../../streams/index.ts'
import type { CheckedTopology } from '../../topology/index.ts'
import type { Settings } from '../settings.ts'
import { lagMetrics } from './lag/lag-metrics.ts'
import { bridgeMetrics } from './lag/watch-bridges.ts'
import { openShadowView } from './shadow/shadow-view.ts'

export const ACCOUNT_ID = 'paper-1'

export interface ApiParts {
  readonly settings: Settings
  readonly database: Database
  readonly engine: EngineView
  readonly driver: LogDriver
  readonly logger: EngineLogger
  readonly topology: CheckedTopology
}

/** What the APIs are handed in this process. */
export function apiDeps({ settings, database, engine, driver, logger, topology }: ApiParts): ApiDeps {
  const metrics = createMetrics(engine)
  const shadows = openShadowView(settings, topology)
  return {
    database,
    engine,
    mode: settings.mode,
    accountId: ACCOUNT_ID,
    importCsv: async (text) =>
      importCompanies(
        database,
        parseCompanyCsv(text),
        (listing) => companyOf({ symbol: listing.symbol, name: listing.name, sector: listing.sector }).aliases,
        new Date(),
      ),
    dependencies: [{ name: 'log', check: () => logAnswers(driver) }],
    ...(shadows && { shadows }),
    metrics: () => metrics.metrics(),
    now: () => new Date(),
    elapsedMs: () => performance.now(),
    onError: (error, requestId) => logger.error({ request_id: requestId, err: error }, 'request failed'),
  }
}

async function logAnswers(driver: LogDriver): Promise<void> {
  const admin = await driver.admin()
  try {
    await admin.listTopics()
  } finally {
    await admin.close()
  }
}

/** Prometheus: the process, and for each node its rates and lag. */
function createMetrics(engine: EngineView): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const gauge = (
    name: string,
    help: string,
    labelNames: readonly string[],
    collect: (gauge: Gauge) => Promise<void>,
  ): Gauge =>
    new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      collect() {
        return collect(this)
      },
    })
  lagMetrics(gauge, engine)
  if (engine.bridges !== undefined) bridgeMetrics(gauge, engine.bridges)
  gauge('stonks_records_in_per_second', 'Records a node reads.', ['node'], async (g) => {
    for (const [node, s] of Object.entries(await engine.status())) g.set({ node }, s.records_in_per_second ?? 0)
  })
  gauge('stonks_dead_lettered', 'Records a node sent to its dead-letter topic.', ['node'], async (g) => {
    for (const [node, s] of Object.entries(await engine.status())) g.set({ node }, s.dead_lettered)
  })
  gauge('stonks_calls_in_flight', 'Records of a node that are in a call or wait for one.', ['node'], async (g) => {
    for (const [node, s] of Object.entries(await engine.status()))
      if (s.in_flight !== undefined) g.set({ node }, s.in_flight)
  })
  gauge(
    'stonks_parked_records',
    'Records that a node has parked, with those that wait for them.',
    ['node'],
    async (g) => {
      for (const [node, s] of Object.entries(await engine.status()))
        if (s.parked_records !== undefined) g.set({ node }, s.parked_records)
    },
  )
  return registry
}
