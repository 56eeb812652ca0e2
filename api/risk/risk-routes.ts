import { z } from 'zod'
import type { RiskCheckRequest } from '../../schemas/index.ts'
import type { ExposureJson } from '../contract.ts'
import type { Database } from '../database.ts'
import { arrayOf, instant, objectOf, orNull, schemaOf, text } from '../http/json-schema.ts'
import { type Route, route } from '../http/route.ts'
import { changeState } from './change-state.ts'
import { checkRequest } from './check-request.ts'
import { decideIntent } from './decide-intent.ts'
import { readLimits } from './read-limits.ts'
import { ALL_ACCOUNTS, effectiveState, type State } from './read-state.ts'

export interface RiskDeps {
  readonly database: Database
  readonly mode: 'paper' | 'live'
  readonly now: () => Date
}

export const stateSchema = objectOf({
  account_id: text,
  state: { type: 'string', enum: ['active', 'reducing', 'halted'] },
  epoch: { type: 'integer' },
  reason: text,
  changed_by: text,
  changed_at: instant,
})
const account = z.string().min(1).max(200)
export const stateChange = z.strictObject({
  account_id: account.default(ALL_ACCOUNTS),
  reason: z.string().trim().min(3).max(500),
  by: z.string().trim().min(1).max(100),
})

/** The risk engine: decisions, the kill switch, limits and exposure. */
export function riskRoutes(deps: RiskDeps): readonly Route[] {
  const { database } = deps
  return [
    route({
      method: 'post',
      path: '/v1/checks',
      operationId: 'check_intent',
      summary: 'Decides an intent and reserves what it needs; the same intent again gets the same verdict',
      body: checkRequest,
      answer: schemaOf('RiskVerdict'),
      problems: ['conflict'],
      handle: async ({ body }) => ({
        body: await decideIntent(database, body as unknown as RiskCheckRequest, deps.mode),
      }),
    }),
    route({
      method: 'get',
      path: '/v1/state',
      operationId: 'get_state',
      summary: 'What is in force for an account, or for all',
      query: z.object({ account_id: account.default(ALL_ACCOUNTS) }),
      answer: stateSchema,
      handle: async ({ query }) => ({ body: await effectiveState(database, query.account_id) }),
    }),
    ...(['halt', 'reduce', 'resume'] as const).map((verb) => stateRoute(deps, `/v1/state/${verb}`, verb)),
    route({
      method: 'get',
      path: '/v1/limits',
      operationId: 'get_limits',
      summary: 'The limits in force',
      answer: objectOf({ limits_version: text, limits: { type: 'object', additionalProperties: text } }),
      handle: async () => ({ body: await readLimits(database) }),
    }),
    route({
      method: 'get',
      path: '/v1/exposure',
      operationId: 'get_exposure',
      summary: 'What an account holds and has reserved',
      query: z.object({ account_id: account }),
      answer: objectOf({ account_id: text, equity: orNull(text), gross: text, by_symbol: arrayOf({ type: 'object' }) }),
      handle: async ({ query }) => ({ body: await readExposure(database, query.account_id, deps.now()) }),
    }),
  ]
}

const STATE_OF: Readonly<Record<'halt' | 'reduce' | 'resume', State>> = {
  halt: 'halted',
  reduce: 'reducing',
  resume: 'active',
}

/** A verb of the kill switch. Resuming names a person and a reason, as every change does. */
export function stateRoute(
  deps: { readonly database: Database; readonly now: () => Date },
  path: string,
  verb: 'halt' | 'reduce' | 'resume',
): Route {
  return route({
    method: 'post',
    path,
    operationId: `${verb}_trading`,
    summary: `${verb} trading of an account, or of all`,
    body: stateChange,
    answer: stateSchema,
    handle: async ({ body: { account_id, reason, by } }) => ({
      body: await changeState(deps.database, {
        accountId: account_id,
        state: STATE_OF[verb],
        reason,
        by,
        at: deps.now(),
      }),
    }),
  })
}

async function readExposure(db: Database, accountId: string, at: Date): Promise<ExposureJson> {
  const [[books], bySymbol, [held]] = await Promise.all([
    db.query<{ equity: string }>('select equity from accounts where account_id = $1 order by as_of desc limit 1', [
      accountId,
    ]),
    db.query<{ symbol: string; market_value: string; reserved: string }>(
      `select symbol, coalesce(sum(value), 0)::text as market_value, coalesce(sum(reserved), 0)::text as reserved from (
         select symbol, market_value as value, 0 as reserved from positions where account_id = $1 and qty <> 0
         union all select symbol, 0, notional from risk_reservations
           where account_id = $1 and released_at is null and expires_at > $2) parts
       group by symbol order by symbol`,
      [accountId, at],
    ),
    db.query<{ reserved: string; open: number; gross: string }>(
      `select coalesce(sum(notional), 0)::text as reserved, count(*)::int as open,
         (select coalesce(sum(abs(market_value)), 0)::text from positions where account_id = $1) as gross
       from risk_reservations where account_id = $1 and released_at is null and expires_at > $2`,
      [accountId, at],
    ),
  ])
  return {
    account_id: accountId,
    equity: books?.equity ?? null,
    gross: held?.gross ?? '0',
    reserved: held?.reserved ?? '0',
    open_reservations: held?.open ?? 0,
    by_symbol: bySymbol,
  }
}
