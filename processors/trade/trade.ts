import { type Bar, decimal, type ExecutionReport, type Recommendation } from '../../schemas/index.ts'
import { type ConfigOf, defineProcessor, field, type InputRecord } from '../../streams/index.ts'
import type { TradePorts } from './ask-risk.ts'
import { Desk } from './desk.ts'
import type { DeskRules } from './plan-order.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

const fields = {
  account_id: field.text('The account.', { default: 'paper-1' }),
  starting_cash: field.text('Cash the paper account starts with.', { default: '100000' }),
  risk_share: field.number('Share of equity at risk between entry and stop.', {
    min: 0.0001,
    max: 0.02,
    default: 0.005,
  }),
  position_share_max: field.number('Largest position as a share of equity.', { min: 0.001, max: 1, default: 0.1 }),
  order_share_max: field.number('Largest order as a share of equity.', { min: 0.001, max: 1, default: 0.05 }),
  order_notional_max: field.text('Largest order.', { default: '10000' }),
  cooldown_minutes: field.number('No entry so long after an exit in the same symbol.', {
    min: 0,
    max: 10_080,
    default: 60,
  }),
  horizon_days: field.number('A position is closed after so many days; seven are five trading days.', {
    min: 1,
    max: 365,
    default: 7,
  }),
  equity_every_minutes: field.number('How often the equity curve gets a point.', { min: 1, max: 1_440, default: 5 }),
} as const

/** Sizes what is recommended, asks the risk engine, sends orders, and keeps the books from their executions. */
export const trade = defineProcessor<typeof fields, TradePorts>({
  type: 'trade',
  summary: 'Sizes what is recommended, asks the risk engine, sends orders and keeps the books.',
  records: {
    reads: [
      { schema: 'Recommendation' },
      { schema: 'ExecutionReport', topic: 'executions' },
      { schema: 'Bar', topic: 'market.bars' },
    ],
    tables: { companies: 'Company' },
    writes: [
      { schema: 'OrderRequest', topic: 'orders' },
      { schema: 'RiskVerdict', topic: 'risk.verdicts' },
      { schema: 'Position', topic: 'positions' },
      { schema: 'Account', topic: 'accounts' },
    ],
  },
  fields,
  create: (config, ports) => {
    const desk = new Desk(rulesOf(config), decimal(config.starting_cash), ports)
    return {
      process(record, context) {
        if (record.value === undefined) return
        if (record.topic === 'market.bars') return desk.onBar(record.value as Bar, record.timestampMs, context)
        if (record.topic === 'executions') return desk.onExecution(record as InputRecord<ExecutionReport>, context)
        return desk.onRecommendation(record.value as Recommendation, record.timestampMs, context)
      },
    }
  },
})

const rulesOf = (config: ConfigOf<typeof fields>): DeskRules => ({
  accountId: config.account_id,
  sizing: {
    riskShare: config.risk_share,
    positionShareMax: config.position_share_max,
    orderNotionalMax: decimal(config.order_notional_max),
    orderShareMax: config.order_share_max,
  },
  cooldownMs: config.cooldown_minutes * MINUTE_MS,
  horizonMs: config.horizon_days * DAY_MS,
  equityEveryMs: config.equity_every_minutes * MINUTE_MS,
})
