import { createHash } from 'node:crypto'
import { type Bar, decimal, type ExecutionReport, type Extraction, type OrderRequest } from '../../schemas/index.ts'

export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS
/** Monday, 2 March 2026, 09:30 in New York. */
export const MONDAY_OPEN_MS = Date.UTC(2026, 2, 2, 14, 30)

type Prices = readonly [open: string, high: string, low: string, close: string]

/** A daily bar `day` days after Monday. */
export const dayBar = (day: number, [open, high, low, close]: Prices, over: Partial<Bar> = {}): Bar => ({
  symbol: 'ZQX',
  timespan: '1d',
  start_at: MONDAY_OPEN_MS + day * DAY_MS,
  end_at: MONDAY_OPEN_MS + day * DAY_MS + 6.5 * HOUR_MS,
  open: decimal(open),
  high: decimal(high),
  low: decimal(low),
  close: decimal(close),
  adjusted_close: null,
  volume: decimal('1000000'),
  vwap: null,
  source_id: 'test',
  simulated: true,
  ...over,
})

/** A bracket for 100 shares: stop 95, target 110. */
export const bracketOrder = (over: Partial<OrderRequest> = {}): OrderRequest => ({
  client_order_id: 'so-1',
  intent_id: 'in-1',
  intent_hash: 'hash',
  verdict_id: 'v-1',
  account_id: 'paper-1',
  recommendation_id: 'rc-1',
  symbol: 'ZQX',
  side: 'buy',
  type: 'market',
  time_in_force: 'gtc',
  order_class: 'bracket',
  qty: decimal('100'),
  limit_price: null,
  stop_price: null,
  take_profit_limit_price: decimal('110'),
  stop_loss_stop_price: decimal('95'),
  purpose: 'entry',
  submitted_at: MONDAY_OPEN_MS - HOUR_MS,
  mode: 'paper',
  simulated: true,
  ...over,
})

export const sellOrder = (over: Partial<OrderRequest> = {}): OrderRequest =>
  bracketOrder({
    client_order_id: 'so-2',
    side: 'sell',
    order_class: 'simple',
    time_in_force: 'day',
    take_profit_limit_price: null,
    stop_loss_stop_price: null,
    purpose: 'exit_signal',
    ...over,
  })

export const fillReport = (over: Partial<ExecutionReport> = {}): ExecutionReport => ({
  execution_id: 'ex-1',
  order_id: 'po-1',
  client_order_id: 'so-1',
  account_id: 'paper-1',
  symbol: 'ZQX',
  side: 'buy',
  leg: 'entry',
  event: 'fill',
  status: 'filled',
  qty: decimal('100'),
  filled_qty: decimal('100'),
  leaves_qty: decimal('0'),
  filled_avg_price: decimal('100'),
  last_qty: decimal('100'),
  last_price: decimal('100'),
  fee: decimal('0'),
  transact_at: MONDAY_OPEN_MS,
  received_at: MONDAY_OPEN_MS,
  reason: null,
  recommendation_id: 'rc-1',
  simulated: true,
  ...over,
})

/** Twelve hashes that no other id has. */
const sketchOf = (id: string): number[] =>
  Array.from({ length: 12 }, (_, i) => createHash('sha256').update(`${id} ${i}`).digest().readInt32BE()).sort(
    (a, b) => a - b,
  )

/** A clear, good, certain piece of news in the press. */
export function extractionOf(id: string, over: Partial<Extraction> = {}): Extraction {
  const sentiment = over.sentiment ?? 0.8
  return {
    extraction_id: id,
    document_id: `d-${id}`,
    symbol: 'ZQX',
    company_id: 'co-zqx',
    source_id: 'desk',
    source_type: 'press',
    source_owner: `owner of ${id}`,
    url: null,
    title: `News ${id}`,
    published_at: null,
    known_at: MONDAY_OPEN_MS,
    extractor: 'rules',
    extractor_version: 'rules-1',
    model: null,
    degraded: false,
    mention_count: 1,
    relevance: 1,
    claims: [
      {
        claim_id: `c-${id}`,
        event_type: 'earnings',
        sub_type: null,
        polarity: Math.sign(sentiment),
        sentiment,
        magnitude: 'major',
        horizon: 'weeks',
        modality: 'fact',
        tense: 'past',
        slots: {},
        evidence: [{ quote: 'profit rose', start: 0, end: 11 }],
        confidence: 0.9,
      },
    ],
    sentiment,
    confidence: 0.9,
    abstain_reason: null,
    injection_suspected: false,
    sketch: sketchOf(id),
    raw_sha256: 'raw',
    text_sha256: 'text',
    simulated: true,
    ...over,
  }
}
