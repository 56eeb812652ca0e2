import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addDecimal, type Decimal, decimal, type ExecutionReport, subtractDecimal, ZERO } from '../../schemas/index.ts'
import { DAY_MS, fillReport, MONDAY_OPEN_MS } from '../testing/facts.ts'
import { applyExecution } from './apply-execution.ts'
import {
  type Books,
  equityOf,
  markPrice,
  openBooks,
  peakOf,
  placeOrder,
  positionOf,
  startDay,
  unrealizedOf,
} from './books.ts'

const START = decimal('100000')
const book = (reports: readonly ExecutionReport[], books: Books = openBooks(START)): Books =>
  reports.reduce((b, report) => applyExecution(b, report, 'Energy'), books)
const costOf = (b: Books): Decimal =>
  Object.values(b.holdings).reduce((total, h) => addDecimal(total, h.cost_basis), ZERO)

const anyFill = fc.record({
  isSell: fc.boolean(),
  symbol: fc.constantFrom('ZQX', 'BRV'),
  qty: fc.integer({ min: 1, max: 97 }),
  cents: fc.integer({ min: 1, max: 99_999 }),
  fee: fc.integer({ min: 0, max: 300 }),
})
type AnyFill = typeof anyFill extends fc.Arbitrary<infer T> ? T : never

/** Reports in which no more is sold than is held. */
function possible(fills: readonly AnyFill[]): ExecutionReport[] {
  const held = new Map<string, number>()
  return fills.flatMap(({ isSell, symbol, qty, cents, fee }, i) => {
    const before = held.get(symbol) ?? 0
    const size = isSell ? Math.min(qty, before) : qty
    if (size === 0) return []
    held.set(symbol, before + (isSell ? -size : size))
    return [
      fillReport({
        execution_id: `ex-${i}`,
        symbol,
        side: isSell ? 'sell' : 'buy',
        last_qty: decimal(`${size}`),
        last_price: decimal((cents / 100).toFixed(2)),
        fee: decimal((fee / 100).toFixed(2)),
      }),
    ]
  })
}

test('cash and the cost of what is held are always the starting cash and what was realized', () => {
  fc.assert(
    fc.property(fc.array(anyFill, { maxLength: 40 }), (fills) => {
      const b = book(possible(fills))
      expect(addDecimal(b.cash, costOf(b))).toBe(addDecimal(START, b.realized_pl))
      expect(equityOf(b)).toBe(addDecimal(addDecimal(START, b.realized_pl), unrealizedOf(b)))
      for (const held of Object.values(b.holdings)) expect(Number(held.qty)).toBeGreaterThan(0)
    }),
  )
})

test('a fill that comes again changes nothing, wherever it comes', () => {
  fc.assert(
    fc.property(fc.array(anyFill, { minLength: 1, maxLength: 20 }), fc.nat(), (fills, at) => {
      const reports = possible(fills)
      fc.pre(reports.length > 0)
      const again = reports[at % reports.length]!
      expect(book([...reports, again])).toEqual(book(reports))
    }),
  )
})

test('what was bought and sold again leaves cash, profit and no position', () => {
  const buy = fillReport({ fee: decimal('1') })
  const sell = fillReport({ execution_id: 'ex-2', side: 'sell', last_price: decimal('110'), fee: decimal('2') })
  const b = book([buy, sell])
  expect(b).toMatchObject({ cash: '100997', realized_pl: '997', fees: '3', holdings: {} })
  expect(positionOf(b, 'paper-1', 'ZQX', 1, true)).toMatchObject({ qty: '0', cost_basis: '0', realized_pl: '997' })
})

test('more sold than is held stops, naming the execution', () => {
  expect(() => book([fillReport({ side: 'sell' })])).toThrow(/ex-1 sells 100 of ZQX, the books hold 0/)
})

test('an order is open until its last report', () => {
  const order = {
    client_order_id: 'so-1',
    symbol: 'ZQX',
    side: 'buy',
    qty: decimal('100'),
    notional: decimal('10000'),
    purpose: 'entry',
    recommendation_id: null,
    at: 0,
  } as const
  const sent = placeOrder(openBooks(START), order)
  const part = fillReport({ event: 'partial_fill', last_qty: decimal('40'), leaves_qty: decimal('60') })
  expect(Object.keys(book([part], sent).open_orders)).toEqual(['so-1'])
  const rest = fillReport({ execution_id: 'ex-2', last_qty: decimal('60') })
  expect(book([part, rest], sent).open_orders).toEqual({})
})

test('a day starts with the equity before it, and the peak is the highest of twenty days', () => {
  let b = startDay(book([fillReport()]), MONDAY_OPEN_MS)
  b = startDay(markPrice(b, 'ZQX', decimal('150')), MONDAY_OPEN_MS + DAY_MS)
  b = markPrice(b, 'ZQX', decimal('90'))
  expect(b.start_of_day_equity).toBe('105000')
  expect(subtractDecimal(peakOf(b), equityOf(b))).toBe('6000')
  for (let day = 2; day < 23; day += 1) b = startDay(b, MONDAY_OPEN_MS + day * DAY_MS)
  expect(peakOf(b)).toBe('99000')
})
