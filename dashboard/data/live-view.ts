import type { LiveChanges, LiveSnapshot } from './wire.ts'

/** How old what the page shows is: fresh up to 2 s, late up to 10 s, then disconnected. */
export type Freshness = 'waiting' | 'fresh' | 'late' | 'disconnected'

const LATE_AFTER_MS = 2_000
const DISCONNECTED_AFTER_MS = 10_000
const RETRY_FIRST_MS = 1_000
const RETRY_MAX_MS = 30_000

/** `waitingSinceMs` counts while nothing has come yet, so that a server that never answers is told too. */
export function freshnessOf(receivedAtMs: number | null, waitingSinceMs: number, nowMs: number): Freshness {
  const ageMs = nowMs - (receivedAtMs ?? waitingSinceMs)
  if (ageMs > DISCONNECTED_AFTER_MS) return 'disconnected'
  if (receivedAtMs === null) return 'waiting'
  return ageMs > LATE_AFTER_MS ? 'late' : 'fresh'
}

/** Wait before try number `attempt` (from 0): doubling from one second to thirty, with up to a fifth taken off by `random` in [0, 1). */
export function retryDelayMs(attempt: number, random: number): number {
  return Math.round(Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** attempt) * (1 - random * 0.2))
}

/** The newest picture, and counters that grow where lists elsewhere have something new to read. */
export interface LiveView extends LiveSnapshot {
  readonly revisions: { readonly documents: number; readonly recommendations: number; readonly orders: number }
}

/** A snapshot starts anew: everything a page lists may have changed while the stream was away. */
export function viewOfSnapshot(snapshot: LiveSnapshot, old: LiveView | null): LiveView {
  const { documents, recommendations, orders } = old?.revisions ?? { documents: 0, recommendations: 0, orders: 0 }
  return {
    ...snapshot,
    revisions: { documents: documents + 1, recommendations: recommendations + 1, orders: orders + 1 },
  }
}

/** The view after a message of changes. What did not change keeps its identity, so that nothing is drawn for it. */
export function applyChanges(view: LiveView, changes: LiveChanges): LiveView {
  const old = view.revisions
  const revisions = {
    documents: old.documents + changes.documents.length,
    recommendations: old.recommendations + changes.recommendations.length,
    orders: old.orders + changes.orders.length,
  }
  const grew = Object.values(revisions).some((count, index) => count !== Object.values(old)[index])
  return {
    ...view,
    as_of: changes.as_of,
    topology: changes.topology ?? view.topology,
    state: changes.state ?? view.state,
    revisions: grew ? revisions : old,
  }
}
