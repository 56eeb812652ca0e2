import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  type Account,
  type Company,
  decimal,
  type OrderIntent,
  type OrderRequest,
  type Position,
  type Recommendation,
  type RiskCheckRequest,
  type RiskVerdict,
} from '../../schemas/index.ts'
import { parseConfig } from '../../streams/index.ts'
import { companyOf } from '../parse/company-of.ts'
import { DAY_MS, dayBar, fillReport, HOUR_MS, MONDAY_OPEN_MS } from '../testing/facts.ts'
import { type ChainRecord, memoryTable, runChain } from '../testing/run-chain.ts'
import { trade } from './trade.ts'

const canonical = (intent: OrderIntent): string =>
  createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(Object.entries(intent).sort(([a], [b]) => (a < b ? -1 : 1)))))
    .digest('hex')
const verdictOn = ({ intent, as_of, simulated }: RiskCheckRequest, over: Partial<RiskVerdict> = {}): RiskVerdict => ({
  verdict_id: `v-${intent.intent_id}`,
  intent_id: intent.intent_id,
  intent_hash: canonical(intent),
  account_id: intent.account_id,
  recommendation_id: intent.recommendation_id,
  symbol: intent.symbol,
  side: intent.side,
  qty: intent.qty,
  notional: decimal('1'),
  decision: 'approved',
  reasons: [],
  checks_run: 27,
  limits_version: '1',
  epoch: 1,
  input_hash: 'hash',
  decided_at: Date.parse(as_of),
  expires_at: Date.parse(as_of) + 10_000,
  simulated,
  ...over,
})

const SATURDAY = MONDAY_OPEN_MS - 2 * DAY_MS
const recommendation = (over: Partial<Recommendation> = {}): Recommendation => ({
  recommendation_id: 'rc-1',
  symbol: 'ZQX',
  signal_id: 'sg-1',
  as_of: SATURDAY,
  expires_at: SATURDAY + DAY_MS,
  action: 'buy',
  hold_reasons: [],
  score: 1,
  threshold: 0.2,
  probability: 0.7,
  p_calibrated: null,
  signal_strength: 0.5,
  agreement: 1,
  contributions: [],
  supporting: [],
  opposing: [],
  counterfactuals: [],
  independent_clusters: 2,
  primary_source: false,
  price: {
    last_price: decimal('100'),
    bar_at: SATURDAY - DAY_MS,
    return_1d: null,
    return_5d: null,
    rsi_14: null,
    atr_14: decimal('2.5'),
    gap: null,
    relative_volume: null,
    volatility_1d: null,
  },
  expected_edge_bps: 50,
  cost_bps: 5,
  recommender_version: '1',
  simulated: true,
  ...over,
})

const recommended = (over: Partial<Recommendation> = {}): ChainRecord => {
  const value = recommendation(over)
  return { topic: 'recommendations', key: 'ZQX', value, timestampMs: value.as_of }
}
const barred = (day: number, close = '100'): ChainRecord => {
  const value = dayBar(day, [close, close, close, close])
  return { topic: 'market.bars', key: 'ZQX', value, timestampMs: value.end_at }
}
const executed = (over: Parameters<typeof fillReport>[0] = {}): ChainRecord => {
  const value = fillReport(over)
  return { topic: 'executions', key: 'paper-1', value, timestampMs: value.received_at }
}

async function run(records: readonly ChainRecord[], checkRisk?: (r: RiskCheckRequest) => Promise<RiskVerdict>) {
  const requests: RiskCheckRequest[] = []
  const processor = trade.create(parseConfig(trade, {}), {
    checkRisk: async (request) => {
      requests.push(request)
      return checkRisk ? checkRisk(request) : verdictOn(request)
    },
  })
  const company: Company = companyOf({ symbol: 'ZQX', name: 'Zaquix Corp.', sector: 'Energy' })
  const node = { processor, from: ['recommendations', 'executions', 'market.bars'], to: '' }
  const seen = await runChain({ trade: node }, records, { companies: memoryTable([[company.company_id, company]]) })
  const of = <T>(topic: string): T[] => seen.filter((r) => r.topic === topic).map((r) => r.value as T)
  return {
    requests,
    orders: of<OrderRequest>('orders'),
    verdicts: of<RiskVerdict>('risk.verdicts'),
    positions: of<Position>('positions'),
    accounts: of<Account>('accounts'),
  }
}

describe('a buy', () => {
  test('risks half a percent to a stop two average ranges below, with the target twice as far above', async () => {
    const { orders, requests } = await run([recommended()])
    // 100000 x 0.5 % / 5 is 100 shares; 5 % of equity allows 50.
    expect(orders).toMatchObject([
      { side: 'buy', qty: '50', stop_loss_stop_price: '95', take_profit_limit_price: '110', order_class: 'bracket' },
    ])
    expect(requests[0]).toMatchObject({ symbol: { in_registry: true, sector: 'Energy' }, price: { timespan: '1d' } })
    expect(orders[0]!.client_order_id).toMatch(/^so-[a-z2-7]{26}$/)
    expect(orders[0]!.time_in_force).toBe('gtc')
  })

  test('has the same ids when it is replayed', async () => {
    expect((await run([recommended()])).orders).toEqual((await run([recommended()])).orders)
  })

  test('is not made of what is held, ordered, just sold, held back or expired', async () => {
    const held = executed({ received_at: SATURDAY - 1 })
    const sold = executed({ execution_id: 'ex-2', side: 'sell', received_at: SATURDAY - 1 })
    expect((await run([held, recommended()])).orders).toEqual([])
    expect((await run([recommended(), recommended({ recommendation_id: 'rc-2' })])).orders).toHaveLength(1)
    expect((await run([held, sold, recommended()])).orders).toEqual([])
    expect((await run([held, sold, recommended({ as_of: SATURDAY + HOUR_MS })])).orders).toHaveLength(1)
    expect((await run([recommended({ action: 'hold' })])).orders).toEqual([])
    expect((await run([recommended({ expires_at: SATURDAY })])).orders).toEqual([])
    expect((await run([recommended({ price: null })])).orders).toEqual([])
  })
})

test.each([
  ['no answer', () => Promise.reject(new Error('ECONNREFUSED')), 'RISK_UNREACHABLE'],
  ['other terms', (r: RiskCheckRequest) => Promise.resolve(verdictOn(r, { intent_hash: 'x' })), 'VERDICT_MISMATCH'],
  ['an old verdict', (r: RiskCheckRequest) => Promise.resolve(verdictOn(r, { expires_at: 1 })), 'VERDICT_EXPIRED'],
])('%s is a denial: a verdict is written and nothing is sent', async (_, checkRisk, code) => {
  const { orders, verdicts } = await run([recommended()], checkRisk)
  expect(orders).toEqual([])
  expect(verdicts).toMatchObject([{ decision: 'denied', reasons: [{ code }] }])
})

test('what is denied does not count against the pace of entries', async () => {
  const denied = (r: RiskCheckRequest) => Promise.resolve(verdictOn(r, { decision: 'denied' }))
  const { requests } = await run([recommended(), recommended({ recommendation_id: 'rc-2' })], denied)
  expect(requests.map((r) => r.account.orders_last_day)).toEqual([0, 0])
})

describe('an exit', () => {
  const held = executed()
  test('sells everything once the chance is below even', async () => {
    const over = {
      as_of: MONDAY_OPEN_MS + HOUR_MS,
      probability: 0.45,
      action: 'hold',
      recommendation_id: 'rc-2',
    } as const
    const { orders, requests } = await run([held, recommended(over)])
    expect(orders).toMatchObject([{ side: 'sell', qty: '100', purpose: 'exit_signal', order_class: 'simple' }])
    expect(requests[0]!.account.positions).toMatchObject([{ symbol: 'ZQX', sector: 'Energy' }])
  })
  test('comes after a week, and is not asked for twice while it is open', async () => {
    const { orders } = await run([held, ...[1, 2, 3, 4, 7, 8, 9].map((day) => barred(day))])
    expect(orders).toMatchObject([
      { side: 'sell', purpose: 'exit_time', submitted_at: MONDAY_OPEN_MS + 7 * DAY_MS + 6.5 * HOUR_MS },
    ])
  })
  test('that is denied is asked for again in the next session, as an intent of its own', async () => {
    const denied = (r: RiskCheckRequest) => Promise.resolve(verdictOn(r, { decision: 'denied' }))
    const { requests } = await run([held, barred(7), barred(7), barred(8, '90')], denied)
    expect(requests).toHaveLength(2)
    expect(new Set(requests.map((r) => r.intent.intent_id)).size).toBe(2)
  })
})

test('every fill shows the position and the account; a daily close of what is held draws the equity curve', async () => {
  const { positions, accounts } = await run([executed(), barred(0, '104'), barred(1, '106')])
  expect(positions.map((p) => [p.qty, p.market_price, p.unrealized_pl])).toEqual([
    ['100', '100', '0'],
    ['100', '104', '400'],
    ['100', '106', '600'],
  ])
  expect(accounts.map((a) => a.equity)).toEqual(['100000', '100400', '100600'])
})
