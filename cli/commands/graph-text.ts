import type { Topology, TopologyNode } from '../../api/contract.ts'
import type { Layout, LayoutNode } from '../../topology/index.ts'
import { grouped, spanText, table } from '../output.ts'

const SIGNS = { stream: '', broadcast: '*', table: '=', feedback: '~' } as const
const LIVE_HEADS = ['IN/S', 'OUT/S', 'BUSY', 'LAG', 'BEHIND']
const RIGHT = new Set([2, 3, 4, 5, 6])
/** Beside numbers so many topics of a node are named, then how many more there are: a line fits a screen. */
const NAMED_MAX = 2

/**
 * The layout as a table, in the order of the flow: a line for each node, a blank one before those that stand further right. A
 * topic that is read whole is marked `*`, a table `=`, one that closes a loop `~`. With the numbers of now where they are given.
 */
export function graphText(layout: Layout, live?: Topology): string {
  const now = new Map(live?.nodes.map((node) => [node.name, node]))
  const ordered = layout.nodes.toSorted((a, b) => a.column - b.column || a.row - b.row)
  const lines = ordered.map((node) => [
    node.name,
    node.kind,
    ...(live === undefined ? [] : numbersOf(now.get(node.name))),
    listText(readsOf(layout, node), live !== undefined),
    listText(node.to, live !== undefined),
    ...(live === undefined ? [listText(node.stores, false)] : []),
  ])
  const heads = live === undefined ? ['READS', 'WRITES', 'STORES'] : [...LIVE_HEADS, 'READS', 'WRITES']
  const right = live === undefined ? new Set<number>() : RIGHT
  const [head, ...rows] = table(['NODE', 'KIND', ...heads], lines, right).split('\n')
  const spaced = rows.flatMap((row, i) => {
    const isFurther = i > 0 && ordered[i]?.column !== ordered[i - 1]?.column
    return isFurther ? ['', row] : [row]
  })
  return [head, ...spaced].join('\n')
}

/** What it is given by others of the topology, each topic once. */
function readsOf({ edges }: Layout, node: LayoutNode): readonly string[] {
  const kinds = new Map(edges.filter(({ target }) => target === node.name).map(({ topic, kind }) => [topic, kind]))
  for (const topic of node.from) if (!kinds.has(topic)) kinds.set(topic, 'stream')
  return [...kinds].map(([topic, kind]) => `${topic}${SIGNS[kind]}`)
}

function listText(names: readonly string[], isShort: boolean): string {
  if (names.length === 0) return '-'
  const named = isShort ? names.slice(0, NAMED_MAX) : names
  return named.join(', ') + (named.length < names.length ? ` +${names.length - named.length}` : '')
}

function numbersOf(node: TopologyNode | undefined): readonly string[] {
  if (node === undefined) return LIVE_HEADS.map(() => '?')
  return [
    rateText(node.records_in_per_second),
    rateText(node.records_out_per_second),
    node.busy === null ? '?' : `${Math.round(node.busy * 100)} %`,
    node.lag_records === null ? '?' : grouped(node.lag_records),
    node.behind_ms === null ? '-' : spanText(node.behind_ms),
  ]
}

const rateText = (rate: number | null): string =>
  rate === null ? '?' : rate >= 10 ? grouped(Math.round(rate)) : rate.toFixed(1)
