import type { TopologyNode } from '../../data/wire.ts'
import { formatCount, formatDuration, plural } from '../../ui/format.ts'
import type { Status } from '../../ui/status.tsx'

const BEHIND_AFTER_MS = 5_000

/** Printed beside the states, so that nobody must guess what they mean. */
export const RULE =
  'Behind: the next record to read is more than 5 s old. Failing: the newest attempt ended in an error.'

/** How well one node runs. Time behind decides, not the count: a count alone misleads both ways. */
export function statusOf(node: TopologyNode): Status {
  if (node.last_error !== null) return 'failing'
  if ((node.behind_ms ?? 0) > BEHIND_AFTER_MS) return 'behind'
  const still = (node.records_in_per_second ?? 0) === 0 && (node.records_out_per_second ?? 0) === 0
  return still && (node.lag_records ?? 0) === 0 ? 'idle' : 'keeping up'
}

const slowest = (nodes: readonly TopologyNode[]): TopologyNode | undefined =>
  nodes.filter((n) => n.behind_ms !== null).toSorted((a, b) => (b.behind_ms ?? 0) - (a.behind_ms ?? 0))[0]

/** `state` changes only where a state does; `sentence` carries the numbers too. */
export interface Headline {
  readonly status: Status
  readonly sentence: string
  readonly state: string
}

/** Is it flowing, and where is it slow? A whole is as bad as its worst part. */
export function headlineOf(nodes: readonly TopologyNode[]): Headline {
  const failing = nodes.filter((n) => statusOf(n) === 'failing')
  const behind = nodes.filter((n) => statusOf(n) === 'behind')
  const names = (list: readonly TopologyNode[]): string => list.map((n) => n.name).join(', ')
  if (nodes.length === 0) return { status: 'idle', sentence: 'No topology is loaded.', state: 'No topology is loaded.' }
  if (failing[0] !== undefined) {
    const state = `${names(failing)} ${failing.length === 1 ? 'is' : 'are'} failing.`
    return { status: 'failing', sentence: `${state} Newest error: ${failing[0].last_error ?? ''}`, state }
  }
  const worst = slowest(nodes)
  if (behind.length > 0 && worst !== undefined) {
    const state = `${names(behind)} ${behind.length === 1 ? 'is' : 'are'} behind.`
    const waiting = worst.lag_records === null ? '' : `, ${plural(worst.lag_records, 'record')} waiting`
    return {
      status: 'behind',
      sentence: `${state} Slowest: ${worst.name}, ${formatDuration(worst.behind_ms)}${waiting}.`,
      state,
    }
  }
  if (nodes.every((n) => statusOf(n) === 'idle')) {
    const state = 'Everything is read; nothing new is arriving.'
    return { status: 'idle', sentence: state, state }
  }
  const state = 'Everything is keeping up.'
  if (worst === undefined || worst.behind_ms === 0) return { status: 'keeping up', sentence: state, state }
  return {
    status: 'keeping up',
    sentence: `${state} Slowest: ${worst.name}, ${formatDuration(worst.behind_ms)} behind.`,
    state,
  }
}

/** The busiest node whose successors wait for it; null where none is busy enough to hold others up. */
export function bottleneckOf(nodes: readonly TopologyNode[]): string | null {
  const busiest = nodes.filter((n) => n.busy !== null).toSorted((a, b) => (b.busy ?? 0) - (a.busy ?? 0))[0]
  return busiest !== undefined && (busiest.busy ?? 0) >= 0.8 ? busiest.name : null
}

/** "to the dead letters: 3", for totals below the graph. */
export const deadLettersOf = (nodes: readonly TopologyNode[]): string =>
  formatCount(nodes.reduce((sum, n) => sum + n.dead_lettered, 0))
