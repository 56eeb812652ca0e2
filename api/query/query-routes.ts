import { z } from 'zod'
import type { Database } from '../database.ts'
import type { EngineView } from '../engine-view.ts'
import { extend, instant, listOf, number, objectOf, orNull, pageOf, schemaOf, text } from '../http/json-schema.ts'
import { Problem } from '../http/problem.ts'
import { type Route, route } from '../http/route.ts'
import { lagRoutes } from '../lag/lag-routes.ts'
import { type ShadowDeps, shadowRoutes } from '../shadow/shadow-routes.ts'
import * as listings from './listings.ts'
import { openLiveFeed } from './live-feed.ts'
import { conditionsOf, type PageQuery, pageQuery, readPage } from './page.ts'
import { readDocument, readLineage, readOrder, readRecommendation } from './read-lineage.ts'
import { readStats, readTopology } from './read-topology.ts'
import { documentSummary, orderSchema } from './schemas.ts'

export interface QueryDeps extends ShadowDeps {
  readonly database: Database
  readonly engine: EngineView
  readonly mode: 'paper' | 'live'
  readonly now: () => Date
  readonly onError: (error: unknown, requestId: string) => void
}

const id = z.string().min(1).max(200)
const symbol = z.string().regex(/^[A-Z0-9.-]{1,12}$/)
const filter = z.string().min(1).max(200).optional()

/** GETs of the read model. Lists are newest first, by cursor; single records are found by id. */
export function queryRoutes(deps: QueryDeps): readonly Route[] {
  return [...lists(deps), ...singles(deps), ...series(deps), ...pipeline(deps)]
}

function lists({ database }: QueryDeps): readonly Route[] {
  const list = (
    name: string,
    listing: (typeof listings)['documents'],
    answer: Record<string, unknown>,
    filters: Readonly<Record<string, string>>,
  ): Route =>
    route({
      method: 'get',
      path: `/v1/${name}`,
      operationId: `list_${name}`,
      summary: `${name}, newest first`,
      query: pageQuery.extend(Object.fromEntries(Object.keys(filters).map((f) => [f, filter]))),
      answer: pageOf(answer),
      handle: async ({ query }) => ({
        body: await readPage(database, listing, conditionsOf(query, filters), query as unknown as PageQuery),
      }),
    })
  return [
    list('documents', listings.documents, documentSummary, {
      symbol: 'symbols @> array[?]',
      source_id: 'source_id = ?',
    }),
    list('extractions', listings.extractions, schemaOf('Extraction', ['sketch']), {
      symbol: 'symbol = ?',
      document_id: 'document_id = ?',
    }),
    list('signals', listings.signals, schemaOf('Signal'), { symbol: 'symbol = ?' }),
    list('recommendations', listings.recommendations, schemaOf('Recommendation'), {
      symbol: 'symbol = ?',
      action: 'action = ?',
    }),
    list('verdicts', listings.verdicts, schemaOf('RiskVerdict'), { symbol: 'symbol = ?', decision: 'decision = ?' }),
    list('orders', listings.orders, orderSchema, {
      symbol: 'o.symbol = ?',
      account_id: 'o.account_id = ?',
      recommendation_id: 'o.recommendation_id = ?',
      status: `coalesce(s.status, 'pending_new') = ?`,
    }),
    list('executions', listings.executions, schemaOf('ExecutionReport'), {
      symbol: 'symbol = ?',
      account_id: 'account_id = ?',
      client_order_id: 'client_order_id = ?',
    }),
  ]
}

function singles({ database }: QueryDeps): readonly Route[] {
  const single = (
    path: string,
    operationId: string,
    summary: string,
    answer: Record<string, unknown>,
    find: (id: string) => Promise<unknown>,
  ): Route =>
    route({
      method: 'get',
      path: `${path}/{id}`,
      operationId,
      summary,
      params: z.object({ id }),
      answer,
      immutable: true,
      handle: async ({ params }) => {
        const body = await find(params.id)
        if (body === undefined) throw new Problem('not-found', `${path.slice(4)} has no ${params.id}`)
        return { body }
      },
    })
  return [
    single(
      '/v1/documents',
      'get_document',
      'A document with its text, companies, extractions and the recommendations it fed',
      extend(documentSummary, { text: orNull(text), extractions: listing('Extraction') }),
      (of) => readDocument(database, of),
    ),
    single(
      '/v1/recommendations',
      'get_recommendation',
      'Why, and what followed: verdicts, orders, executions',
      extend(schemaOf('Recommendation'), {
        verdicts: listing('RiskVerdict'),
        orders: { type: 'array', items: orderSchema },
        executions: listing('ExecutionReport'),
      }),
      (of) => readRecommendation(database, of),
    ),
    single(
      '/v1/orders',
      'get_order',
      'An order by our id or the venue’s, with its verdict and executions',
      extend(orderSchema, { verdict: orNull(schemaOf('RiskVerdict')), executions: listing('ExecutionReport') }),
      (of) => readOrder(database, of),
    ),
    single(
      '/v1/lineage',
      'get_lineage',
      'From an order down to the hash of the bytes it rests on',
      objectOf({
        order: orderSchema,
        verdict: orNull(schemaOf('RiskVerdict')),
        recommendation: orNull(schemaOf('Recommendation')),
        signal: orNull(schemaOf('Signal')),
        evidence: { type: 'array', items: { type: 'object' } },
      }),
      (of) => readLineage(database, of),
    ),
  ]
}

const listing = (name: Parameters<typeof schemaOf>[0]): Record<string, unknown> => ({
  type: 'array',
  items: schemaOf(name, name === 'Extraction' ? ['sketch'] : []),
})

function series({ database }: QueryDeps): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/positions',
      operationId: 'list_positions',
      summary: 'Open positions; closed ones too with closed=true',
      query: z.object({ account_id: filter, closed: z.enum(['true', 'false']).default('false') }),
      answer: listOf(schemaOf('Position'), { next: { type: 'null' } }),
      handle: async ({ query }) => ({
        body: {
          items: await database.query(
            `select ${listings.POSITION_COLUMNS} from positions where ($1::text is null or account_id = $1)
             and ($2 or qty <> 0) order by symbol, account_id limit 1000`,
            [query.account_id ?? null, query.closed === 'true'],
          ),
          next: null,
        },
      }),
    }),
    route({
      method: 'get',
      path: '/v1/equity',
      operationId: 'get_equity',
      summary: 'Books of an account over time, oldest first; the newest `limit` points',
      query: z.object({ account_id: filter, limit: z.coerce.number().int().min(1).max(2_000).default(500) }),
      answer: listOf(schemaOf('Account'), { account_id: orNull(text) }),
      handle: async ({ query }) => {
        const items = await database.query<{ account_id: string }>(
          `select * from (select ${listings.ACCOUNT_COLUMNS} from accounts where account_id = coalesce($1,
             (select account_id from accounts order by as_of desc limit 1)) order by as_of desc limit $2) newest order by as_of`,
          [query.account_id ?? null, query.limit],
        )
        return { body: { account_id: query.account_id ?? items[0]?.account_id ?? null, items } }
      },
    }),
    route({
      method: 'get',
      path: '/v1/symbols/{symbol}/bars',
      operationId: 'list_bars',
      summary: 'Prices of a symbol, oldest first; the newest `limit` bars',
      params: z.object({ symbol }),
      query: z.object({
        timespan: z.enum(['1m', '1d']).default('1m'),
        limit: z.coerce.number().int().min(1).max(2_000).default(390),
      }),
      answer: listOf(schemaOf('Bar'), { symbol: text, timespan: text }),
      handle: async ({ params, query }) => ({
        body: {
          symbol: params.symbol,
          timespan: query.timespan,
          items: await database.query(
            `select * from (select ${listings.BAR_COLUMNS} from bars where symbol = $1 and timespan = $2
             order by start_at desc limit $3) newest order by start_at`,
            [params.symbol, query.timespan, query.limit],
          ),
        },
      }),
    }),
  ]
}

function pipeline(deps: QueryDeps): readonly Route[] {
  const live = openLiveFeed(deps)
  const get = (path: string, summary: string, answer: Record<string, unknown>, body: () => Promise<unknown>): Route =>
    route({
      method: 'get',
      path: `/v1/${path}`,
      operationId: `get_${path}`,
      summary,
      answer,
      handle: async () => ({ body: await body() }),
    })
  const objects = { type: 'array', items: { type: 'object' } }
  return [
    get(
      'topology',
      'The graph with its rates, lag, busy shares and errors of now',
      objectOf({ name: text, as_of: instant, file: { type: 'object' }, nodes: objects, edges: objects }),
      () => readTopology(deps.engine, deps.now()),
    ),
    ...lagRoutes(deps),
    ...shadowRoutes(deps),
    get(
      'stats',
      'Rows per kind and the newest of each',
      objectOf({ as_of: instant, mode: text, kinds: listOf(objectOf({ kind: text, count: number })) }),
      () => readStats(deps.database, deps.mode, deps.now()),
    ),
    route({
      method: 'get',
      path: '/v1/live',
      operationId: 'live_changes',
      summary: 'Server-sent events: a snapshot, then changes once a second',
      answer: text,
      answerType: 'text/event-stream',
      problems: ['too-many-streams'],
      handle: async () => {
        live.assertRoom()
        return { stream: live.join }
      },
    }),
  ]
}
