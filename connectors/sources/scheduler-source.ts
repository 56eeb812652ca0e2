import { type IngestionJob, sha256Hex } from '../../schemas/index.ts'
import { type Clock, defineSource, type SourceContext } from '../../streams/index.ts'

/** A source of the registry, as the scheduler needs it. */
export interface SourceDefinition {
  readonly source_id: string
  /** What fetches it: rss, atom, edgar_atom, massive_news, massive_bars, file. */
  readonly source_type: string
  readonly url: string | null
  readonly symbols: readonly string[]
  readonly cadence_seconds: number
  readonly credibility: number
  readonly source_owner: string | null
}

export interface SchedulerPorts {
  /** The enabled sources. */
  readonly dueSources: () => Promise<readonly SourceDefinition[]>
  readonly clock: Clock
  /** How long a list of sources is used before it is asked for again; 5 s unless given. */
  readonly refreshMs?: number
}

const STORE = 'schedule'
const REFRESH_MS = 5_000
/** No source is asked more often: 5 minutes for feeds, a minute for EDGAR's list and Massive. */
const FLOOR_SECONDS: Readonly<Record<string, number>> = {
  rss: 300,
  atom: 300,
  edgar_atom: 60,
  massive_news: 60,
  massive_bars: 60,
  file: 1,
}

/** Emits a job for each source when it is due: once per source and due time, also with two schedulers. */
export const schedulerSource = defineSource<Record<never, never>, SchedulerPorts>({
  type: 'scheduler',
  summary: 'Emits a fetch job for each source whenever it is due.',
  records: { writes: [{ schema: 'IngestionJob' }] },
  fields: {},
  create: (_config, ports) => {
    let sources: readonly SourceDefinition[] = []
    let askAgainMs = Number.NEGATIVE_INFINITY
    return {
      async poll(context) {
        const now = ports.clock.now()
        if (now >= askAgainMs) {
          sources = await ports.dueSources()
          askAgainMs = now + (ports.refreshMs ?? REFRESH_MS)
        }
        for (const source of sources) emitIfDue(source, now, context)
        return 'idle'
      },
    }
  },
})

/** Due times lie on a grid of the cadence, so that every scheduler, and every life of one, means the same instant. */
export function dueTimeOf(source: SourceDefinition, nowMs: number): number {
  const cadenceMs = Math.max(source.cadence_seconds, FLOOR_SECONDS[source.source_type] ?? 1) * 1000
  return Math.floor(nowMs / cadenceMs) * cadenceMs
}

export function jobOf(source: SourceDefinition, dueMs: number): IngestionJob {
  return {
    job_id: sha256Hex(JSON.stringify([source.source_id, dueMs])).slice(0, 24),
    source_id: source.source_id,
    source_type: source.source_type,
    url: source.url,
    symbols: source.symbols,
    cursor: null,
    attempt: 0,
    scheduled_at: dueMs,
    credibility: source.credibility,
    source_owner: source.source_owner,
  }
}

/** Missed times of a long pause are not made up for: one job brings the same news. */
function emitIfDue(source: SourceDefinition, nowMs: number, context: SourceContext): void {
  const store = context.store<{ readonly due: number }>(STORE)
  const due = dueTimeOf(source, nowMs)
  if ((store.get(source.source_id)?.due ?? Number.NEGATIVE_INFINITY) >= due) return
  const job = jobOf(source, due)
  context.forward({ key: source.source_id, value: job, timestampMs: nowMs })
  store.put(source.source_id, { due })
}
