import { z } from 'zod'
import type { ShadowDiff, ShadowList } from '../contract.ts'
import { instant, listOf, objectOf, text } from '../http/json-schema.ts'
import { Problem } from '../http/problem.ts'
import { type Route, route } from '../http/route.ts'

/** Shadows on the log, as whoever serves this API can see them. */
export interface ShadowView {
  list(): Promise<ShadowList>
  /**
   * Compares outputs of the last minutes. `undefined` where there is no shadow of that processor, `too-many` where there are
   * more records than one answer compares.
   */
  diff(
    processor: string,
    query: { readonly minutes: number; readonly show: number },
  ): Promise<ShadowDiff | 'too-many' | undefined>
}

export interface ShadowDeps {
  /** Left out where the log is embedded: it has none. */
  readonly shadows?: ShadowView
}

const MINUTES_MAX = 7 * 1_440
const SHOWN_MAX = 1_000

export function shadowRoutes({ shadows }: ShadowDeps): readonly Route[] {
  const objects = { type: 'array', items: { type: 'object' } }
  return [
    route({
      method: 'get',
      path: '/v1/shadows',
      operationId: 'list_shadows',
      summary: 'Processors that have a shadow, with its topics',
      answer: listOf(objectOf({ processor: text, topics: objects })),
      handle: async () => ({ body: (await shadows?.list()) ?? { items: [] } }),
    }),
    route({
      method: 'get',
      path: '/v1/shadows/{processor}/diff',
      operationId: 'get_shadow_diff',
      summary: 'What a shadow gave in the last minutes against what its processor gave, by record and field',
      params: z.object({ processor: z.string().min(1).max(200) }),
      query: z.object({
        minutes: z.coerce.number().int().min(1).max(MINUTES_MAX).default(60),
        show: z.coerce.number().int().min(0).max(SHOWN_MAX).default(100),
      }),
      answer: objectOf({ processor: text, from: instant, to: instant, topics: objects }),
      handle: async ({ params, query }) => {
        const found = await shadows?.diff(params.processor, query)
        if (found === undefined) throw new Problem('not-found', `there is no shadow of ${params.processor}`)
        if (found === 'too-many')
          throw new Problem('bad-request', 'there are too many records to compare: ask for fewer minutes')
        return { body: found }
      },
    }),
  ]
}
