import type { RequestListener } from 'node:http'
import type { Database } from './database.ts'
import type { EngineView } from './engine-view.ts'
import { createHttpApp } from './http/create-http-app.ts'
import type { Route } from './http/route.ts'
import { type Mount, type Server, serveMounts } from './http/serve.ts'
import { type Dependency, serviceRoutes } from './http/service-routes.ts'
import { queryRoutes } from './query/query-routes.ts'
import { registryRoutes } from './registry/registry-routes.ts'
import { riskRoutes } from './risk/risk-routes.ts'
import type { ShadowView } from './shadow/shadow-routes.ts'
import { tradingRoutes } from './trading/trading-routes.ts'

export type { Database } from './database.ts'
export type { EngineView, NodeStatus } from './engine-view.ts'
export type { Mount, Server } from './http/serve.ts'
export type { Dependency } from './http/service-routes.ts'
export { keepLag, type LagHistoryQuery, type LagMinute, readLagHistory } from './lag/lag-history.ts'
export { markPublished, type OutboxEntry, takeOutbox } from './registry/outbox.ts'
export { changeState, reconciled } from './risk/change-state.ts'
export { decideIntent } from './risk/decide-intent.ts'
export type { ShadowView } from './shadow/shadow-routes.ts'

export type ApiKind = 'query' | 'registry' | 'risk' | 'trading'
export const API_KINDS: readonly ApiKind[] = ['query', 'registry', 'risk', 'trading']
/** Where each API lies when they are served together, as the dashboard calls them. */
export const API_PREFIXES: Readonly<Record<ApiKind, string>> = {
  query: '/api',
  registry: '/registry',
  risk: '/risk',
  trading: '/trading',
}

/** All that the APIs are handed. */
export interface ApiDeps {
  readonly database: Database
  readonly engine: EngineView
  readonly mode: 'paper' | 'live'
  readonly accountId: string
  readonly importCsv: (text: string) => Promise<number>
  /** Beside the database: the log, and what else must be there. */
  readonly dependencies: readonly Dependency[]
  /** Candidates beside processors; left out where the log is embedded. */
  readonly shadows?: ShadowView
  /** Prometheus text of this process. */
  readonly metrics: () => Promise<string>
  readonly now: () => Date
  /** Milliseconds that only go forward. */
  readonly elapsedMs: () => number
  readonly onError: (error: unknown, requestId: string) => void
}

export interface ApiApp {
  readonly listener: RequestListener
  /** Ends open streams; call it when the server closes. */
  close(): void
}

const TITLES: Readonly<Record<ApiKind, string>> = {
  query: 'Stonks Oracle: query',
  registry: 'Stonks Oracle: symbol registry',
  risk: 'Stonks Oracle: risk engine',
  trading: 'Stonks Oracle: trading engine',
}

/** The routes of an API, its health and metrics among them. */
export function routesOf(kind: ApiKind, deps: ApiDeps): readonly Route[] {
  const database: Dependency = { name: 'postgres', check: () => deps.database.query('select 1') }
  const service = serviceRoutes({ ...deps, dependencies: [database, ...deps.dependencies] })
  const own = { query: queryRoutes, registry: registryRoutes, risk: riskRoutes, trading: tradingRoutes }[kind]
  return [...own(deps), ...service]
}

/** One API, to be served at `/` of its own port or under a prefix. */
export function createApp(kind: ApiKind, deps: ApiDeps): ApiApp {
  const closing = new AbortController()
  const app = createHttpApp({
    title: TITLES[kind],
    routes: routesOf(kind, deps),
    onError: deps.onError,
    closing: closing.signal,
  })
  const listener = app.callback()
  return { listener: (req, res) => void listener(req, res), close: () => closing.abort() }
}

/** All four under one server; `others` are tried after them, the dashboard's files for one. */
export function createAllApps(
  deps: ApiDeps,
  others: readonly Mount[] = [],
): { mounts: readonly Mount[]; close(): void } {
  const apps = API_KINDS.map((kind) => ({ prefix: API_PREFIXES[kind], app: createApp(kind, deps) }))
  return {
    mounts: [...apps.map(({ prefix, app }) => ({ prefix, listener: app.listener })), ...others],
    close: () => {
      for (const { app } of apps) app.close()
    },
  }
}

/** Serves one API at `/`. Throws EADDRINUSE where the port is taken. */
export function serveApp(app: ApiApp, at: { readonly host: string; readonly port: number }): Promise<Server> {
  return serveMounts([{ prefix: '', listener: app.listener }], { ...at, beforeClose: app.close })
}

/** Serves all four, each under its prefix. */
export function serveAllApps(
  deps: ApiDeps,
  at: { readonly host: string; readonly port: number },
  others: readonly Mount[] = [],
): Promise<Server> {
  const all = createAllApps(deps, others)
  return serveMounts(all.mounts, { ...at, beforeClose: all.close })
}
