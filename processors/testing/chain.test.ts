import { describe, expect, test } from 'vitest'
import {
  type Bar,
  type ExecutionReport,
  type Extraction,
  intentHashOf,
  type OrderRequest,
  type Position,
  type Recommendation,
  type RiskCheckRequest,
  type RiskVerdict,
  type Signal,
} from '../../schemas/index.ts'
import { parseConfig } from '../../streams/index.ts'
import { aggregate } from '../aggregate/index.ts'
import { broker } from '../broker/index.ts'
import { companyOf } from '../parse/company-of.ts'
import { recommend } from '../recommend/index.ts'
import { trade } from '../trade/index.ts'
import { DAY_MS, dayBar, extractionOf, HOUR_MS, MONDAY_OPEN_MS } from './facts.ts'
import { type ChainNode, memoryTable, runChain } from './run-chain.ts'

async function approve(request: RiskCheckRequest): Promise<RiskVerdict> {
  const { intent, as_of, simulated } = request
  const { intent_id, account_id, recommendation_id, symbol, side, qty, reference_price } = intent
  const at = Date.parse(as_of)
  return {
    verdict_id: `v-${intent_id}`,
    ...{ intent_id, account_id, recommendation_id, symbol, side, qty, notional: reference_price, simulated },
    ...{ intent_hash: intentHashOf(intent), decision: 'approved', reasons: [], checks_run: 27, limits_version: '1' },
    ...{ epoch: 1, input_hash: 'hash', decided_at: at, expires_at: at + 10_000 },
  }
}
const chain = (): Record<string, ChainNode> => ({
  aggregate: {
    processor: aggregate.create(parseConfig(aggregate, {}), {}),
    from: ['extractions', 'market.bars'],
    to: 'signals',
  },
  recommend: { processor: recommend.create(parseConfig(recommend, {}), {}), from: ['signals'], to: 'recommendations' },
  trade: {
    processor: trade.create(parseConfig(trade, {}), { checkRisk: approve }),
    from: ['recommendations', 'executions', 'market.bars'],
    to: '',
  },
  broker: { processor: broker.create(parseConfig(broker, {}), {}), from: ['orders', 'market.bars'], to: 'executions' },
})

/** Thirty days around 100 that swing enough to be worth trading; then the given closes. */
const bars = (closes: readonly number[]): Bar[] =>
  [...Array.from({ length: 30 }, (_, i) => 100 + (i % 2)), ...closes].map((close, i) => {
    const [open, high, low] = [close - 0.5, close + 1, close - 1]
    return dayBar(i - 30, [`${open}`, `${high}`, `${low}`, `${close}`])
  })
const news = (ids: readonly string[], atMs: number, sentiment = 0.9): Extraction[] =>
  ids.map((id, i) => extractionOf(id, { known_at: atMs + i * 60_000, sentiment, extractor: 'ollama' }))

async function run(extractions: readonly Extraction[], prices: readonly Bar[], twice = 1) {
  const company = companyOf({ symbol: 'ZQX', name: 'Zaquix Corp.', sector: 'Energy' })
  const fed = [
    ...prices.map((value) => ({ topic: 'market.bars', key: value.symbol, value, timestampMs: value.end_at })),
    ...extractions.map((value) => ({ topic: 'extractions', key: 'ZQX', value, timestampMs: value.known_at })),
  ]
  const records = fed.flatMap((record) => Array.from({ length: twice }, () => record))
  const seen = await runChain(chain(), records, { companies: memoryTable([[company.company_id, company]]) })
  const of = <T>(topic: string): T[] => seen.filter((r) => r.topic === topic).map((r) => r.value as T)
  return {
    seen,
    signals: of<Signal>('signals'),
    recommendations: of<Recommendation>('recommendations'),
    orders: of<OrderRequest>('orders'),
    executions: of<ExecutionReport>('executions'),
    positions: of<Position>('positions'),
  }
}
const short = (r: ExecutionReport): string => `${r.side} ${r.leg} ${r.event}`

describe('from news to a closed position', () => {
  const good = news(['a', 'b', 'c'], MONDAY_OPEN_MS - 2 * HOUR_MS)
  const bad = news(['x', 'y', 'z'], MONDAY_OPEN_MS + DAY_MS - 2 * HOUR_MS, -0.95)

  test('good news is bought at the next open, bad news sells it at the one after', async () => {
    const { recommendations, orders, executions, positions } = await run([...good, ...bad], bars([102, 101, 100]))
    expect(recommendations.map((r) => r.action)).toContain('buy')
    expect(orders.map((o) => [o.side, o.purpose])).toEqual([
      ['buy', 'entry'],
      ['sell', 'exit_signal'],
    ])
    expect(executions.map(short)).toEqual([
      'buy entry new',
      'buy entry fill',
      'sell stop_loss new',
      'sell take_profit new',
      'sell stop_loss canceled',
      'sell take_profit canceled',
      'sell entry new',
      'sell entry fill',
    ])
    expect(positions.at(-1)).toMatchObject({ symbol: 'ZQX', qty: '0' })
  })

  test('each record names what it was made from', async () => {
    const { signals, recommendations, orders, executions } = await run(good, bars([102]))
    const order = orders[0]!
    const recommendation = recommendations.find((r) => r.recommendation_id === order.recommendation_id)!
    const signal = signals.find((s) => s.signal_id === recommendation.signal_id)!
    expect(['a', 'b', 'c']).toContain(signal.trigger)
    expect(recommendation.supporting.map((e) => e.document_id)).toContain('d-a')
    expect(executions.every((e) => e.client_order_id === order.client_order_id)).toBe(true)
    expect(executions.every((e) => e.recommendation_id === recommendation.recommendation_id)).toBe(true)
  })

  test('a second run makes every record again, ids and all', async () => {
    const first = await run([...good, ...bad], bars([102, 101, 100]))
    const second = await run([...good, ...bad], bars([102, 101, 100]))
    expect(second.seen).toEqual(first.seen)
    expect(first.orders.length).toBeGreaterThan(0)
  })

  test('where every document and bar comes twice, orders and fills are the same', async () => {
    const once = await run(good, bars([102, 101]))
    const twice = await run(good, bars([102, 101]), 2)
    expect(twice.orders).toEqual(once.orders)
    expect(twice.executions).toEqual(once.executions)
  })

  test('an abstention alone trades nothing', async () => {
    const silent = good.map((e) => ({ ...e, abstain_reason: 'no_claim', sentiment: null, confidence: null }))
    const { signals, orders } = await run(silent, bars([102]))
    expect([signals, orders]).toEqual([[], []])
  })
})
