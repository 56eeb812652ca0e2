import type { Stats, TaskLag, Topology, TopologyNode } from '../contract.ts'
import type { Database } from '../database.ts'
import type { EngineView, NodeStatus } from '../engine-view.ts'

const UNMEASURED: NodeStatus = {
  records_in_per_second: null,
  records_out_per_second: null,
  busy: null,
  p50_ms: null,
  p99_ms: null,
  dead_lettered: 0,
  tasks: 0,
  last_error: null,
}

/** The graph with its numbers of now. */
export async function readTopology(engine: EngineView, at: Date): Promise<Topology> {
  const [status, lag, rates] = await Promise.all([engine.status(), engine.lag(), engine.rates()])
  const graph = engine.graph()
  const lagOf = Map.groupBy(lag, (task) => task.node)
  return {
    name: graph.name,
    as_of: at.toISOString(),
    ...(engine.file === undefined ? {} : { file: engine.file() }),
    nodes: graph.nodes.map(
      ({ name, kind, column, row, stores, line }): TopologyNode => ({
        name,
        kind,
        column,
        row,
        stores,
        line,
        ...(status[name] ?? UNMEASURED),
        ...worstOf(lagOf.get(name) ?? []),
      }),
    ),
    edges: graph.edges.map(({ source, target, topic, kind }) => ({
      source,
      target,
      topic,
      kind,
      rate: rates[topic] ?? null,
    })),
  }
}

function worstOf(tasks: readonly TaskLag[]): { lag_records: number | null; behind_ms: number | null } {
  if (tasks.length === 0) return { lag_records: null, behind_ms: null }
  const behind = tasks.flatMap((task) => task.behind_ms ?? [])
  return {
    lag_records: tasks.reduce((sum, task) => sum + task.lag_records, 0),
    behind_ms: behind.length > 0 ? Math.max(...behind) : null,
  }
}

/** Kind, its table, and the time its rows are known. */
const KINDS = [
  ['documents', 'documents', 'known_at'],
  ['extractions', 'extractions', 'known_at'],
  ['signals', 'signals', 'as_of'],
  ['recommendations', 'recommendations', 'as_of'],
  ['risk_verdicts', 'risk_verdicts', 'decided_at'],
  ['orders', 'orders', 'submitted_at'],
  ['executions', 'executions', 'transact_at'],
  ['positions', 'positions', 'updated_at'],
  ['bars', 'bars', 'end_at'],
] as const

const STATS_SQL = KINDS.map(
  ([kind, table, time]) => `select '${kind}' as kind, count(*)::int as count, max(${time}) as latest_at from ${table}`,
).join(' union all ')

/** Rows per kind. Counting reads whole tables: callers keep the answer for a while. */
export async function readStats(db: Database, mode: 'paper' | 'live', at: Date): Promise<Stats> {
  const [kinds, [simulated]] = await Promise.all([
    db.query<{ kind: string; count: number; latest_at: Date | null }>(STATS_SQL, [], 'stats'),
    db.query<{ any: boolean }>('select exists (select 1 from documents where simulated) as any'),
  ])
  return {
    as_of: at.toISOString(),
    mode,
    simulated: simulated?.any ?? false,
    kinds: kinds.map((k) => ({ ...k, latest_at: k.latest_at?.toISOString() ?? null })),
  }
}
