import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Bar,
  compareDecimal,
  type Decimal,
  decimal,
  type ExecutionReport,
  type OrderRequest,
  ZERO,
} from '../../schemas/index.ts'
import { parseConfig } from '../../streams/index.ts'
import { bracketOrder, DAY_MS, dayBar, HOUR_MS, MONDAY_OPEN_MS, sellOrder } from '../testing/facts.ts'
import { runChain } from '../testing/run-chain.ts'
import { broker } from './broker.ts'

type Happening = { readonly order: OrderRequest } | { readonly bar: Bar }

async function reportsOf(happenings: readonly Happening[], config: Record<string, unknown> = {}) {
  const processor = broker.create(parseConfig(broker, config), {})
  const records = happenings.map((h) =>
    'order' in h
      ? { topic: 'orders', key: 'paper-1', value: h.order, timestampMs: h.order.submitted_at }
      : { topic: 'market.bars', key: h.bar.symbol, value: h.bar, timestampMs: h.bar.end_at },
  )
  const seen = await runChain({ broker: { processor, from: ['orders', 'market.bars'], to: 'executions' } }, records)
  return seen.filter((r) => r.topic === 'executions').map((r) => r.value as ExecutionReport)
}
const short = (r: ExecutionReport): string => `${r.leg} ${r.event} ${r.last_qty ?? '-'}@${r.last_price ?? '-'}`
const free = { half_spread_bps: 0, slippage_bps: 0 }
const quiet = ['100', '101', '99', '100'] as const

describe('an entry', () => {
  test('fills at the open of the first bar that starts after it, with half the spread and slippage', async () => {
    const reports = await reportsOf([{ order: bracketOrder() }, { bar: dayBar(0, quiet) }])
    expect(reports.map(short)).toEqual([
      'entry new -@-',
      'entry fill 100@100.03',
      'stop_loss new -@-',
      'take_profit new -@-',
    ])
    expect(reports[1]).toMatchObject({ transact_at: MONDAY_OPEN_MS, received_at: MONDAY_OPEN_MS + 6.5 * HOUR_MS })
  })

  test('is not filled by a bar that had begun when it came', async () => {
    const order = bracketOrder({ submitted_at: MONDAY_OPEN_MS + 1 })
    expect((await reportsOf([{ order }, { bar: dayBar(0, quiet) }])).map(short)).toEqual(['entry new -@-'])
  })

  test('larger than its share of the volume fills in parts, and is protected once it is whole', async () => {
    const volume = decimal('6000')
    const minutes = [0, 1].map((i) => ({
      bar: dayBar(0, quiet, {
        timespan: '1m',
        volume,
        start_at: MONDAY_OPEN_MS + i * 60_000,
        end_at: MONDAY_OPEN_MS + (i + 1) * 60_000,
      }),
    }))
    expect((await reportsOf([{ order: bracketOrder() }, ...minutes], free)).map(short)).toEqual([
      'entry new -@-',
      'entry partial_fill 60@100',
      'entry fill 40@100',
      'stop_loss new -@-',
      'take_profit new -@-',
    ])
  })

  test('that ends partly filled is protected for the part that was bought', async () => {
    const thin = dayBar(0, quiet, { volume: decimal('6000') })
    const reports = await reportsOf([{ order: bracketOrder() }, { bar: thin }, { bar: dayBar(1, quiet) }], free)
    expect(reports.map((r) => `${short(r)} of ${r.qty}`)).toEqual([
      'entry new -@- of 100',
      'entry partial_fill 60@100 of 100',
      'entry expired -@- of 100',
      'stop_loss new -@- of 60',
      'take_profit new -@- of 60',
    ])
  })

  test('of a symbol without bars expires when the session after it is over', async () => {
    const others = [0, 1].map((day) => ({ bar: dayBar(day, quiet, { symbol: 'BRV' }) }))
    expect((await reportsOf([{ order: bracketOrder() }, ...others])).map(short)).toEqual([
      'entry new -@-',
      'entry expired -@-',
    ])
  })
})

describe('a bracket', () => {
  const held: readonly Happening[] = [{ order: bracketOrder() }, { bar: dayBar(0, quiet) }]
  const exitsOf = async (bar: Bar) => (await reportsOf([...held, { bar }], free)).slice(4).map(short)

  test('sells at its stop', async () => {
    expect(await exitsOf(dayBar(1, ['98', '99', '94', '96']))).toEqual([
      'stop_loss fill 100@95',
      'take_profit canceled -@-',
    ])
  })
  test('sells at the open where the market opened below the stop', async () => {
    expect((await exitsOf(dayBar(1, ['90', '91', '88', '89'])))[0]).toBe('stop_loss fill 100@90')
  })
  test('sells at its target, or at the open above it', async () => {
    expect((await exitsOf(dayBar(1, ['105', '111', '104', '109'])))[0]).toBe('take_profit fill 100@110')
    expect((await exitsOf(dayBar(1, ['112', '113', '111', '112'])))[0]).toBe('take_profit fill 100@112')
  })
  test('that touches both in one bar sells at the stop', async () => {
    expect((await exitsOf(dayBar(1, ['100', '120', '90', '100'])))[0]).toBe('stop_loss fill 100@95')
  })
  test('is watched in the bar that filled the entry, whose range lies after the fill', async () => {
    const reports = await reportsOf([{ order: bracketOrder() }, { bar: dayBar(0, ['100', '101', '94', '96']) }], free)
    expect(reports.map(short).slice(-2)).toEqual(['stop_loss fill 100@95', 'take_profit canceled -@-'])
  })
  test('hears nothing from a bar that began before the entry was filled', async () => {
    const minute = dayBar(0, quiet, {
      timespan: '1m',
      start_at: MONDAY_OPEN_MS + HOUR_MS,
      end_at: MONDAY_OPEN_MS + HOUR_MS + 60_000,
    })
    const day = dayBar(0, ['100', '130', '80', '100'])
    const order = bracketOrder({ submitted_at: MONDAY_OPEN_MS + HOUR_MS - 1 })
    expect((await reportsOf([{ order }, { bar: minute }, { bar: day }], free)).length).toBe(4)
  })
  test('gives way to a sell of what is held', async () => {
    const order = sellOrder({ submitted_at: MONDAY_OPEN_MS + 8 * HOUR_MS })
    const reports = await reportsOf([...held, { order }, { bar: dayBar(1, ['99', '120', '80', '99']) }], free)
    expect(reports.slice(4).map((r) => `${r.client_order_id} ${short(r)}`)).toEqual([
      'so-1 stop_loss canceled -@-',
      'so-1 take_profit canceled -@-',
      'so-2 entry new -@-',
      'so-2 entry fill 100@99',
    ])
  })
  test('an exit larger than its share of the volume sells the rest on the next bars', async () => {
    const thin = dayBar(1, ['94', '95', '90', '92'], { volume: decimal('3000') })
    const reports = await reportsOf([...held, { bar: thin }, { bar: dayBar(2, ['91', '92', '90', '91']) }], free)
    expect(reports.slice(4).map(short)).toEqual([
      'stop_loss partial_fill 30@94',
      'take_profit canceled -@-',
      'stop_loss fill 70@91',
    ])
  })
})

test.each([
  ['more than is held', sellOrder(), /0 held/],
  ['a live order', bracketOrder({ mode: 'live' }), /no live orders/],
  ['an order without approval', bracketOrder({ verdict_id: '' }), /no approval/],
  ['a bracket without a stop', bracketOrder({ stop_loss_stop_price: null }), /needs a stop/],
  ['a trailing stop', bracketOrder({ type: 'trailing_stop' }), /no trailing_stop/],
])('%s is rejected, in words', async (_, order, words) => {
  const [report, ...others] = await reportsOf([{ order }])
  expect(report).toMatchObject({ event: 'rejected', status: 'rejected', leaves_qty: '0' })
  expect(report!.reason).toMatch(words)
  expect(others).toEqual([])
})

test('an order that comes twice is one order', async () => {
  const once = await reportsOf([{ order: bracketOrder() }, { bar: dayBar(0, quiet) }])
  const twice = await reportsOf([{ order: bracketOrder() }, { order: bracketOrder() }, { bar: dayBar(0, quiet) }])
  expect(twice).toEqual(once)
})

const anyOrder = fc.record({
  isSell: fc.boolean(),
  qty: fc.integer({ min: 1, max: 300 }),
  day: fc.integer({ min: 0, max: 8 }),
  id: fc.integer({ min: 1, max: 6 }),
})
const anyBar = fc.record({
  day: fc.integer({ min: 0, max: 9 }),
  prices: fc.array(fc.integer({ min: 80, max: 125 }), { minLength: 4, maxLength: 4 }),
  volume: fc.integer({ min: 0, max: 40_000 }),
})
type AnyOrder = typeof anyOrder extends fc.Arbitrary<infer T> ? T : never
type AnyBar = typeof anyBar extends fc.Arbitrary<infer T> ? T : never

const orderFrom = ({ isSell, qty, day, id }: AnyOrder): Happening => {
  const over = { client_order_id: `so-${id}`, qty: decimal(`${qty}`), submitted_at: MONDAY_OPEN_MS + day * DAY_MS - 1 }
  return { order: isSell ? sellOrder(over) : bracketOrder(over) }
}
const barFrom = ({ day, prices, volume }: AnyBar): Happening => {
  const [open = 0, close = 0] = prices
  const texts = [open, Math.max(...prices), Math.min(...prices), close].map(String) as [string, string, string, string]
  return { bar: dayBar(day, texts, { volume: decimal(`${volume}`) }) }
}
const sum = (values: readonly Decimal[]): number => values.reduce((total, v) => total + Number(v), 0)

test('whatever comes: filled + leaves is the quantity, what is final stays so, nothing is sold that is not held', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyOrder, { maxLength: 8 }),
      fc.array(anyBar, { maxLength: 20 }),
      async (orders, bars) => {
        const happenings = [...orders.map(orderFrom), ...bars.map(barFrom)]
        const reports = await reportsOf(happenings)
        const final = new Set<string>()
        let heldShares = 0
        for (const r of reports) {
          expect(compareDecimal(r.leaves_qty, ZERO)).toBeGreaterThanOrEqual(0)
          expect(Number(r.filled_qty)).toBeLessThanOrEqual(Number(r.qty))
          const isFinal = ['filled', 'canceled', 'expired', 'rejected'].includes(r.status)
          if (isFinal) expect(r.leaves_qty).toBe('0')
          else expect(Number(r.filled_qty) + Number(r.leaves_qty)).toBe(Number(r.qty))
          expect(final).not.toContain(r.order_id)
          if (isFinal) final.add(r.order_id)
          heldShares += (r.side === 'buy' ? 1 : -1) * Number(r.last_qty ?? 0)
          expect(heldShares).toBeGreaterThanOrEqual(0)
        }
        const fills = Map.groupBy(reports, (r) => r.order_id)
        for (const [, of] of fills) expect(sum(of.map((r) => r.last_qty ?? ZERO))).toBe(Number(of.at(-1)!.filled_qty))
        expect(new Set(reports.map((r) => r.execution_id)).size).toBe(reports.length)
        expect(await reportsOf([...happenings, ...orders.map(orderFrom)])).toEqual(reports)
      },
    ),
    { numRuns: 200 },
  )
})
