import type {
  DocumentSummary,
  LiveChanges,
  LiveSnapshot,
  OrderJson,
  RecommendationSummary,
  SignalJson,
} from '../contract.ts'
import type { Database } from '../database.ts'
import type { EngineView } from '../engine-view.ts'
import { Problem } from '../http/problem.ts'
import { effectiveState } from '../risk/read-state.ts'
import { documents, orders, RECOMMENDATION_SUMMARY } from './listings.ts'
import { readStats, readTopology } from './read-topology.ts'

export interface LiveDeps {
  readonly database: Database
  readonly engine: EngineView
  readonly mode: 'paper' | 'live'
  readonly now: () => Date
  readonly onError: (error: unknown, requestId: string) => void
}

type Write = (text: string) => boolean
interface Client {
  readonly write: Write
  /** False while its buffer is full: it misses batches and gets a fresh snapshot. */
  keepsUp: boolean
}

const CLIENTS_MAX = 100
const BATCH_MS = 1_000
const HEARTBEAT_BATCHES = 15
const ITEMS_MAX = 50

export interface LiveFeed {
  /** Throws 429 past the cap. */
  join(write: Write, signal: AbortSignal): void
  assertRoom(): void
}

/**
 * One look at the database a second for all clients together, none without clients. A client first gets a `snapshot`, then
 * `changes`; one that cannot keep up is skipped and gets a new snapshot, so no memory grows for it.
 */
export function openLiveFeed(deps: LiveDeps): LiveFeed {
  const clients = new Set<Client>()
  let timer: NodeJS.Timeout | undefined
  let id = 0
  let beat = 0
  let seq = '0'
  const frame = (event: string, data: unknown): string =>
    `id: ${++id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`
  const send = (client: Client, text: string): void => {
    client.keepsUp = client.write(text)
  }
  const tick = async (): Promise<void> => {
    try {
      const [at] = await deps.database.query<{ seq: string }>('select last_value as seq from read_model_seq')
      const changes = await readChanges(deps, seq, at?.seq ?? seq)
      seq = at?.seq ?? seq
      const text = `${++beat % HEARTBEAT_BATCHES === 0 ? ': here\n\n' : ''}${frame('changes', changes)}`
      const late = [...clients].filter((c) => !c.keepsUp)
      for (const client of clients) if (client.keepsUp) send(client, text)
      if (late.length > 0) {
        const snapshot = frame('snapshot', await readSnapshot(deps))
        for (const client of late) send(client, snapshot)
      }
    } catch (error) {
      deps.onError(error, 'live')
      for (const client of clients) client.write(': the database cannot be reached\n\n')
    }
    timer = clients.size > 0 ? setTimeout(() => void tick(), BATCH_MS) : undefined
  }
  const assertRoom = (): void => {
    if (clients.size >= CLIENTS_MAX) throw new Problem('too-many-streams', `at most ${CLIENTS_MAX} live connections`)
  }
  return {
    assertRoom,
    join(write, signal) {
      assertRoom()
      const client: Client = { write, keepsUp: true }
      signal.addEventListener('abort', () => clients.delete(client), { once: true })
      write('retry: 2000\n\n')
      readSnapshot(deps).then(
        (snapshot) => {
          if (signal.aborted) return
          write(frame('snapshot', snapshot))
          clients.add(client)
          if (timer === undefined) {
            timer = setTimeout(() => void start(), 0)
          }
        },
        (error) => {
          deps.onError(error, 'live')
          write('event: unavailable\ndata: {}\n\n')
        },
      )
    },
  }

  /** The first client of a while: what is there already is in its snapshot, changes begin now. */
  async function start(): Promise<void> {
    const [at] = await deps.database
      .query<{ seq: string }>('select last_value as seq from read_model_seq')
      .catch(() => [])
    seq = at?.seq ?? seq
    timer = setTimeout(() => void tick(), BATCH_MS)
  }
}

async function readSnapshot(deps: LiveDeps): Promise<LiveSnapshot> {
  const at = deps.now()
  const [topology, stats, state] = await Promise.all([
    readTopology(deps.engine, at),
    readStats(deps.database, deps.mode, at),
    effectiveState(deps.database, '*'),
  ])
  return { as_of: at.toISOString(), topology, stats, state }
}

async function readChanges(deps: LiveDeps, after: string, to: string): Promise<LiveChanges> {
  const at = deps.now()
  const span = [after, to]
  const none = after === to
  const read = <T>(sql: string): Promise<T[]> => (none ? Promise.resolve([]) : deps.database.query<T>(sql, span))
  const [topology, state, docs, signals, recommendations, changedOrders] = await Promise.all([
    readTopology(deps.engine, at),
    effectiveState(deps.database, '*'),
    read<DocumentSummary>(`select ${documents.select} from documents where ${SINCE} limit ${ITEMS_MAX}`),
    read<{ record: SignalJson }>(`select record from signals where ${SINCE} limit ${ITEMS_MAX}`),
    read<RecommendationSummary>(
      `select ${RECOMMENDATION_SUMMARY} from recommendations where ${SINCE} limit ${ITEMS_MAX}`,
    ),
    read<OrderJson>(
      `select ${orders.select} from ${orders.from} where (o._seq > $1 and o._seq <= $2) or (s._seq > $1 and s._seq <= $2)
       limit ${ITEMS_MAX}`,
    ),
  ])
  return {
    as_of: at.toISOString(),
    topology,
    state,
    documents: docs,
    signals: signals.map((s) => s.record),
    recommendations,
    orders: changedOrders,
  }
}

const SINCE = '_seq > $1 and _seq <= $2 order by _seq desc'
