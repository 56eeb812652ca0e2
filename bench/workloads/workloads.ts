import type { Guarantee } from '../../streams/index.ts'
import { decode, encode, KEYS, orderOf, WINDOW_MS } from './orders.ts'

export interface Written {
  readonly key: string
  readonly value: Uint8Array
}

export interface Workload {
  readonly name: 'B1' | 'B2' | 'B3'
  readonly what: string
  readonly guarantee: Guarantee
  /** What is wrong with what a system wrote for `count` orders; undefined where nothing is. */
  readonly wrong: (written: readonly Written[], count: number, bytes: number) => string | undefined
}

/** Every order there, of each key in order, with `status` changed and nothing else: byte for byte. */
function wrongMap(written: readonly Written[], count: number, bytes: number, exactly: boolean): string | undefined {
  const next = new Map<string, number>()
  const seen = new Uint8Array(count)
  for (const { key, value } of written) {
    const { n } = decode(value)
    const order = orderOf(n, bytes)
    if (!encode({ ...order, status: 'seen' }).equals(value)) return `order ${n} is not what it should be`
    if (key !== order.symbol) return `order ${n} has the key ${key}`
    if (exactly && seen[n]) return `order ${n} is there twice`
    if (!seen[n] && (next.get(key) ?? -1) > n) return `order ${n} comes behind ${next.get(key)}`
    next.set(key, Math.max(n, next.get(key) ?? -1))
    seen[n] = 1
  }
  const missing = seen.indexOf(0)
  return missing < 0 ? undefined : `order ${missing} is missing`
}

/** The last word on each key and window is the count and the sum of its orders. Values are `count,sum`, keys `symbol@start`. */
function wrongWindows(written: readonly Written[], count: number, bytes: number): string | undefined {
  const last = new Map(written.map(({ key, value }) => [key, Buffer.from(value).toString()]))
  const wanted = new Map<string, { count: number; sum: number }>()
  for (let n = 0; n < count; n++) {
    const { symbol, at, quantity } = orderOf(n, bytes)
    const key = `${symbol}@${at - (at % WINDOW_MS)}`
    const sums = wanted.get(key) ?? { count: 0, sum: 0 }
    sums.count += 1
    sums.sum += quantity
    wanted.set(key, sums)
  }
  for (const [key, { count: orders, sum }] of wanted)
    if (last.get(key) !== `${orders},${sum}`) return `${key} is ${last.get(key)}, and ought to be ${orders},${sum}`
  return last.size === wanted.size ? undefined : `${last.size} windows, there are ${wanted.size}`
}

export const WORKLOADS: readonly Workload[] = [
  {
    name: 'B1',
    what: 'one of twelve fields changed, at least once',
    guarantee: 'at_least_once',
    wrong: (written, count, bytes) => wrongMap(written, count, bytes, false),
  },
  {
    name: 'B2',
    what: 'the same, exactly once, a commit every 100 ms',
    guarantee: 'exactly_once',
    wrong: (written, count, bytes) => wrongMap(written, count, bytes, true),
  },
  {
    name: 'B3',
    what: `count and sum of ${KEYS} keys in windows of a minute, exactly once, with a changelog`,
    guarantee: 'exactly_once',
    wrong: wrongWindows,
  },
]
export const COMMIT_INTERVAL_MS = 100
