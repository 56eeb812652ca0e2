import { z } from 'zod'
import type { Database } from '../database.ts'
import { listOf, objectOf, orNull, schemaOf, text } from '../http/json-schema.ts'
import { type Route, route } from '../http/route.ts'
import * as listings from '../query/listings.ts'
import { conditionsOf, pageQuery, readPage } from '../query/page.ts'
import { orderSchema } from '../query/schemas.ts'
import { effectiveState } from '../risk/read-state.ts'
import { stateRoute, stateSchema } from '../risk/risk-routes.ts'

export interface TradingDeps {
  readonly database: Database
  readonly mode: 'paper' | 'live'
  readonly now: () => Date
  /** The account traded here. */
  readonly accountId: string
}

/** The trading engine's own account: books, orders, positions, and the switch. */
export function tradingRoutes(deps: TradingDeps): readonly Route[] {
  const { database, accountId, mode } = deps
  return [
    route({
      method: 'get',
      path: '/v1/account',
      operationId: 'get_account',
      summary: 'Newest books, mode, and whether it may trade',
      answer: objectOf({ account: orNull(schemaOf('Account')), mode: text, state: stateSchema }),
      handle: async () => {
        const [[account], state] = await Promise.all([
          database.query(
            `select ${listings.ACCOUNT_COLUMNS} from accounts where account_id = $1 order by as_of desc limit 1`,
            [accountId],
          ),
          effectiveState(database, accountId),
        ])
        return { body: { account: account ?? null, mode, state } }
      },
    }),
    route({
      method: 'get',
      path: '/v1/orders',
      operationId: 'list_account_orders',
      summary: 'Orders of the account, newest first',
      query: pageQuery.extend({ status: z.string().max(40).optional() }),
      answer: listOf(orderSchema, { next: orNull(text) }),
      handle: async ({ query }) => {
        const filters = { account_id: accountId, status: query.status }
        const conditions = conditionsOf(filters, {
          account_id: 'o.account_id = ?',
          status: `coalesce(s.status, 'pending_new') = ?`,
        })
        return { body: await readPage(database, listings.orders, conditions, query) }
      },
    }),
    route({
      method: 'get',
      path: '/v1/positions',
      operationId: 'list_account_positions',
      summary: 'Open positions of the account',
      answer: listOf(schemaOf('Position')),
      handle: async () => ({
        body: {
          items: await database.query(
            `select ${listings.POSITION_COLUMNS} from positions where account_id = $1 and qty <> 0 order by symbol`,
            [accountId],
          ),
          next: null,
        },
      }),
    }),
    stateRoute(deps, '/v1/halt', 'halt'),
    stateRoute(deps, '/v1/resume', 'resume'),
  ]
}
