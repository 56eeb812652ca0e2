import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../../connectors/index.ts'
import { type Decimal, intentHashOf, type RiskCheckRequest } from '../../schemas/index.ts'
import { riskRequest } from '../testing/risk-request.ts'
import type { RiskInput } from './check-context.ts'
import { checkRisk } from './check-risk.ts'
import { CHECKS } from './checks.ts'
import { parseLimits } from './limits.ts'

const { limits } = parseLimits('test', DEFAULT_LIMITS)
const d = (text: string): Decimal => text as Decimal
const input = (request: RiskCheckRequest, changes: Partial<RiskInput> = {}): RiskInput => ({
  request,
  intentHash: intentHashOf(request.intent),
  limits,
  state: 'active',
  mode: 'paper',
  reservations: [],
  recent: [],
  ...changes,
})
const failed = (request: RiskCheckRequest, changes: Partial<RiskInput> = {}): string[] =>
  checkRisk(input(request, changes)).reasons.map((r) => r.id)
const { intent, account, recommendation } = riskRequest('base')

test('an order within every limit is approved by every check', () => {
  const outcome = checkRisk(input(riskRequest('i')))
  expect(outcome).toMatchObject({ decision: 'approved', reasons: [], notional: '1000', checksRun: CHECKS.length })
})

test.each<[string, RiskCheckRequest, Partial<RiskInput>?]>([
  ['R01', riskRequest('i'), { state: 'reducing' }],
  ['R02', riskRequest('i', { intent: { mode: 'live' } })],
  ['R04', riskRequest('i', { account: { as_of: '2026-03-02T14:59:00.000Z' } })],
  ['R05', riskRequest('i', { symbol: { restricted: true } })],
  ['R05', riskRequest('i', { symbol: { in_registry: false } })],
  ['R07', riskRequest('i', { price: { known_at: '2026-03-02T14:00:00.000Z' } })],
  ['R07', riskRequest('i', { price: { known_at: '2026-03-02T15:00:01.000Z' } })],
  ['R09', riskRequest('i', { intent: { limit_price: d('110') } })],
  ['R12', riskRequest('i', { intent: { qty: d('60') } })],
  [
    'R14',
    riskRequest('i', {
      account: { positions: [{ symbol: 'NVDA', qty: d('95'), market_value: d('9500'), sector: 'T' }] },
    }),
  ],
  ['R15', riskRequest('i', { symbol: { sector: null } })],
  ['R17', riskRequest('i', { account: { cash: d('5500') } })],
  [
    'R20',
    riskRequest('i'),
    { recent: [{ intent_id: 'h', intent_hash: 'x', symbol: 'NVDA', side: 'buy', purpose: 'entry', age_ms: 59_000 }] },
  ],
  ['R21', riskRequest('i', { account: { orders_last_minute: 20 } })],
  ['R27', riskRequest('i', { intent: { stop_loss_stop_price: null } })],
  ['R28', riskRequest('i', { recommendation: { expires_at: '2026-03-02T15:00:00.000Z' } })],
  ['R29', riskRequest('i', { recommendation: { independent_clusters: 1 } })],
])('%s fails alone for its own reason', (id, request, changes) => {
  expect(failed(request, changes)).toEqual([id])
})

test('a loss past the breaker halts, and what stands in the books already is not counted twice', () => {
  const lost = checkRisk(input(riskRequest('i', { account: { equity: d('96000'), cash: d('96000') } })))
  expect(lost.tripped?.state).toBe('halted')
  expect(lost.reasons.map((r) => r.id)).toEqual(['R01', 'R22'])
  const held = { intent_id: 'h', symbol: 'NVDA', side: 'buy', qty: d('50'), notional: d('5000'), sector: 'T' } as const
  const open = [{ client_order_id: 'c', symbol: 'NVDA', side: 'buy', qty: d('50'), notional: d('5000') }] as const
  const both = input(riskRequest('i', { intent: { qty: d('50') }, account: { open_orders: open } }), {
    reservations: [held],
  })
  expect(checkRisk(both).decision).toBe('approved')
})

test('an exit passes a halt of sizing limits, and never sells more than is held', () => {
  const positions = [{ symbol: 'NVDA', qty: d('10'), market_value: d('1000'), sector: null }]
  const exit = { side: 'sell', purpose: 'exit_time', stop_loss_stop_price: null, recommendation_id: null } as const
  const books = { positions, orders_last_day: 500, cash: d('0') }
  expect(
    failed(riskRequest('i', { intent: exit, account: books, recommendation: null }), { state: 'reducing' }),
  ).toEqual([])
  expect(failed(riskRequest('i', { intent: { ...exit, qty: d('11') }, account: books }))).toEqual(['R18'])
})

test('halted admits nothing, and reducing nothing that adds exposure', () => {
  const qty = fc.integer({ min: 1, max: 10_000 }).map((n) => d(String(n)))
  fc.assert(
    fc.property(qty, qty, fc.constantFrom('buy' as const, 'sell' as const), fc.boolean(), (q, held, side, known) => {
      const positions = known ? [{ symbol: 'NVDA', qty: held, market_value: d('1000'), sector: 'T' }] : []
      const request = riskRequest('i', {
        intent: { ...intent, qty: q, side },
        account: { ...account, positions },
        recommendation,
      })
      expect(checkRisk(input(request, { state: 'halted' })).decision).toBe('denied')
      const reducing = checkRisk(input(request, { state: 'reducing' }))
      if (reducing.decision === 'approved') expect(side === 'sell' && known && Number(q) <= Number(held)).toBe(true)
    }),
  )
})
