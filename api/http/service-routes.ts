import type { HealthJson } from '../contract.ts'
import { arrayOf, flag, number, objectOf, orNull, text } from './json-schema.ts'
import { type Route, route } from './route.ts'

/** Something an API cannot work without. `check` throws where it is not there. */
export interface Dependency {
  readonly name: string
  check(): Promise<unknown>
}

export interface ServiceDeps {
  readonly dependencies: readonly Dependency[]
  /** Prometheus text. */
  readonly metrics: () => Promise<string>
  /** Milliseconds that only go forward. */
  readonly elapsedMs: () => number
}

const CHECK_MS_MAX = 2_000
const HEALTH = objectOf({
  status: { type: 'string', enum: ['ready', 'not_ready'] },
  dependencies: arrayOf(objectOf({ name: text, ok: flag, latency_ms: number, error: orNull(text) })),
})

/** Liveness, readiness and metrics, the same for every API. */
export function serviceRoutes(deps: ServiceDeps): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/health/live',
      operationId: 'live',
      summary: 'The process answers',
      answer: objectOf({ status: text }),
      handle: async () => ({ body: { status: 'live' } }),
    }),
    route({
      method: 'get',
      path: '/health/ready',
      operationId: 'ready',
      summary: 'What it needs can be reached; 503 with the same body where not',
      answer: HEALTH,
      handle: async () => {
        const health = await healthOf(deps)
        return { status: health.status === 'ready' ? 200 : 503, body: health }
      },
    }),
    route({
      method: 'get',
      path: '/metrics',
      operationId: 'metrics',
      summary: 'Prometheus text',
      answer: text,
      answerType: 'text/plain; version=0.0.4',
      handle: async () => ({ body: await deps.metrics() }),
    }),
  ]
}

async function healthOf(deps: ServiceDeps): Promise<HealthJson> {
  const dependencies = await Promise.all(
    deps.dependencies.map(async ({ name, check }) => {
      const start = deps.elapsedMs()
      const error = await within(check).catch(() => `${name} cannot be reached`)
      const latencyMs = Math.round((deps.elapsedMs() - start) * 10) / 10
      return { name, ok: error === null, latency_ms: latencyMs, error }
    }),
  )
  return { status: dependencies.every((d) => d.ok) ? 'ready' : 'not_ready', dependencies }
}

async function within(check: () => Promise<unknown>): Promise<null> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error('timed out')), CHECK_MS_MAX)
  try {
    await Promise.race([check(), late.promise])
    return null
  } finally {
    clearTimeout(timer)
  }
}
