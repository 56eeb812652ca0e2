import { z } from 'zod'
import type { Database } from '../database.ts'
import type { EngineView } from '../engine-view.ts'
import { instant, listOf, number, objectOf, orNull, text } from '../http/json-schema.ts'
import { type Route, route } from '../http/route.ts'
import { LAG_KEPT_DAYS, readLagHistory } from './lag-history.ts'

export interface LagDeps {
  readonly database: Database
  readonly engine: EngineView
  readonly now: () => Date
}

const HOURS_MAX = LAG_KEPT_DAYS * 24
/** A chart has no more points than this. */
const POINTS_MAX = 1_440
const filter = z.string().min(1).max(249).optional()

/** Lag of now, and its history. */
export function lagRoutes(deps: LagDeps): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/lag',
      operationId: 'get_lag',
      summary: 'Records and time behind per task, with trend, time to catch up and status; worst first',
      answer: objectOf({ as_of: instant, items: { type: 'array', items: { type: 'object' } } }),
      handle: async () => ({
        body: {
          as_of: deps.now().toISOString(),
          items: [...(await deps.engine.lag())].sort((a, b) => b.lag_records - a.lag_records),
        },
      }),
    }),
    route({
      method: 'get',
      path: '/v1/bridges',
      operationId: 'get_bridges',
      summary: 'Redis lists of older services: direction, items waiting, taken and put aside, age and growth',
      answer: objectOf({ as_of: instant, items: { type: 'array', items: { type: 'object' } } }),
      handle: async () => ({
        body: { as_of: deps.now().toISOString(), items: (await deps.engine.bridges?.()) ?? [] },
      }),
    }),
    route({
      method: 'get',
      path: '/v1/lag/history',
      operationId: 'get_lag_history',
      summary: 'Lag of the last hours by group and topic, oldest first; of each step the largest',
      query: z
        .object({
          group: filter,
          topic: filter,
          hours: z.coerce.number().int().min(1).max(HOURS_MAX).default(24),
          step_minutes: z.coerce.number().int().min(1).max(1_440).default(5),
        })
        .refine(({ hours, step_minutes }) => (hours * 60) / step_minutes <= POINTS_MAX, {
          message: `no more than ${POINTS_MAX} points: ask for a wider step_minutes`,
        }),
      answer: listOf(
        objectOf({
          at: instant,
          group: text,
          topic: text,
          lag_records: text,
          behind_ms: orNull(number),
          status: text,
        }),
      ),
      handle: async ({ query }) => ({
        body: await readLagHistory(deps.database, { ...query, stepMinutes: query.step_minutes }, deps.now()),
      }),
    }),
  ]
}
