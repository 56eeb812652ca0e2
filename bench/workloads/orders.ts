import avsc from 'avsc'

/** What the workloads read and write: orders of twelve fields, in the registry's wire format with schema id 1. */
export const ORDER_SCHEMA = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'n', type: 'long' },
    { name: 'symbol', type: 'string' },
    { name: 'account', type: 'string' },
    { name: 'price', type: 'long' },
    { name: 'quantity', type: 'long' },
    { name: 'side', type: 'string' },
    { name: 'venue', type: 'string' },
    { name: 'currency', type: 'string' },
    { name: 'status', type: 'string' },
    { name: 'flags', type: 'int' },
    { name: 'at', type: 'long' },
    { name: 'note', type: 'string' },
  ],
} as const

export interface Order {
  readonly n: number
  readonly symbol: string
  readonly account: string
  readonly price: number
  readonly quantity: number
  readonly side: string
  readonly venue: string
  readonly currency: string
  readonly status: string
  readonly flags: number
  readonly at: number
  readonly note: string
}

export const PARTITIONS = 12
export const KEYS = 1_200
export const WINDOW_MS = 60_000
const START_MS = Date.UTC(2026, 2, 2, 14, 30)
const STEP_MS = 10
const HEAD = Buffer.from([0, 0, 0, 0, 1])

const type = avsc.Type.forSchema(ORDER_SCHEMA as unknown as avsc.Schema)

/** The n-th order; the same n is the same order. `bytes` is about how long its encoding is. */
export function orderOf(n: number, bytes: number): Order {
  const key = n % KEYS
  return {
    n,
    symbol: `S${String(key).padStart(4, '0')}`,
    account: `A${n % 97}`,
    price: 10_000 + ((n * 7919) % 90_000),
    quantity: 1 + (n % 500),
    side: n % 2 === 0 ? 'buy' : 'sell',
    venue: 'XNYS',
    currency: 'USD',
    status: 'new',
    flags: n % 16,
    at: START_MS + n * STEP_MS,
    note: 'x'.repeat(Math.max(0, bytes - 58)),
  }
}
/** Keys lie in one partition each, as a producer that hashes them would have it. */
export const partitionOf = (n: number): number => (n % KEYS) % PARTITIONS

export const encode = (order: Order): Buffer => Buffer.concat([HEAD, type.toBuffer(order)])
export const decode = (bytes: Uint8Array): Order => type.fromBuffer(Buffer.from(bytes.subarray(HEAD.length))) as Order
