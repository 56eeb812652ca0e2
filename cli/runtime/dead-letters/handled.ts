/**
 * Which letters of a topic are dealt with, replayed or discarded: all below `base`, and ranges above it. It lies in a
 * committed offset and its metadata, so that it is committed together with what a replay writes.
 */
export interface Handled {
  readonly base: bigint
  /** From, and behind the last; sorted, apart from each other and from the base. */
  readonly ranges: readonly (readonly [from: bigint, end: bigint])[]
}

export const NOTHING_HANDLED: Handled = { base: 0n, ranges: [] }

/** A committer's own text may be this long (`streams/log/port.ts`). */
export const METADATA_CHARACTERS_MAX = 3_000
const MARK = 'handled:'

export const isHandled = ({ base, ranges }: Handled, offset: bigint): boolean =>
  offset < base || ranges.some(([from, end]) => offset >= from && offset < end)

/** With further offsets. `floor` is where the topic begins: what retention took needs no remembering. */
export function withHandled(handled: Handled, offsets: readonly bigint[], floor = 0n): Handled {
  const single = offsets.map((offset) => [offset, offset + 1n] as const)
  const all = [...handled.ranges, ...single].toSorted((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0))
  let base = later(handled.base, floor)
  const ranges: [bigint, bigint][] = []
  for (const [from, end] of all) {
    const last = ranges.at(-1)
    if (from <= base) base = later(base, end)
    else if (last !== undefined && from <= last[1]) last[1] = later(last[1], end)
    else ranges.push([from, end])
  }
  return { base, ranges }
}

/** Of two offsets; `Math.max` takes no bigints. */
export const later = (a: bigint, b: bigint): bigint => (b > a ? b : a)

/** `handled:3+2,10+1`: gap and length of each range, in base 36, one after the other from the base on. */
export function encodeHandled({ base, ranges }: Handled): string {
  let at = base
  const parts = ranges.map(([from, end]) => {
    const part = `${(from - at).toString(36)}+${(end - from).toString(36)}`
    at = end
    return part
  })
  return parts.length === 0 ? '' : `${MARK}${parts.join(',')}`
}

/** Text of other writers counts as none. */
export function decodeHandled(base: bigint, text: string): Handled {
  if (!text.startsWith(MARK)) return { base, ranges: [] }
  let at = base
  const ranges = text
    .slice(MARK.length)
    .split(',')
    .map((part): [bigint, bigint] => {
      const [gap = '', length = ''] = part.split('+')
      const from = at + BigInt(Number.parseInt(gap, 36))
      at = from + BigInt(Number.parseInt(length, 36))
      return [from, at]
    })
  return { base, ranges }
}
