import type {
  AccountJson,
  DocumentDetail,
  EvidenceJson,
  ExecutionJson,
  OrderJson,
  PositionJson,
  RecommendationDetail,
  RiskVerdictJson,
} from '../data/wire.ts'

const at = (time: string): string => `2026-11-24T${time}.000Z`
const sha = (seed: string): string => seed.repeat(64).slice(0, 64)

const TEXT = `Nvidia raises fourth-quarter outlook on demand for data-centre chips

Nvidia (NASDAQ: NVDA) on Tuesday raised its revenue outlook for the fourth quarter to $72 billion, above the $68.4 billion analysts had expected. "Demand is ahead of what we can ship," the company said 📈.

Shares rose in early trading. The company also warned that export restrictions may cost it up to $2 billion in sales to China next year.

Gross margin is expected to reach 75 percent. <script>alert('text stays text')</script> Advanced Micro Devices did not comment.`

const span = (quote: string): { quote: string; start: number; end: number } => {
  const start = TEXT.indexOf(quote)
  return { quote, start, end: start + quote.length }
}

const RAISED = span(
  'raised its revenue outlook for the fourth quarter to $72 billion, above the $68.4 billion analysts had expected',
)
const EXPORT = span('export restrictions may cost it up to $2 billion in sales to China next year')
const MARGIN = span('Gross margin is expected to reach 75 percent.')

const evidence = (over: Partial<EvidenceJson>): EvidenceJson => ({
  cluster_id: 'cl_1',
  extraction_id: 'ex_1',
  document_id: 'doc_7f3a90c2',
  raw_sha256: sha('7f3a90c2e41b'),
  source_id: 'wire-one',
  source_type: 'wire',
  source_owner: 'Wire One',
  title: 'Nvidia raises fourth-quarter outlook on demand for data-centre chips',
  url: 'https://news.example/nvidia-outlook',
  event_type: 'guidance',
  sentiment: 0.72,
  weight: 0.61,
  contribution: 0.31,
  copies: 3,
  known_at: at('14:27:31'),
  quote: RAISED.quote,
  quote_start: RAISED.start,
  quote_end: RAISED.end,
  ...over,
})

export const VERDICT: RiskVerdictJson = {
  verdict_id: 'rv_1',
  intent_id: 'in_1',
  intent_hash: sha('ab'),
  account_id: 'paper-1',
  recommendation_id: 'rec_nvda_1',
  symbol: 'NVDA',
  side: 'buy',
  qty: '31',
  notional: '4962.79',
  decision: 'approved',
  reasons: [],
  checks_run: 33,
  limits_version: 'limits-3',
  epoch: 4,
  input_hash: sha('cd'),
  decided_at: at('14:28:02'),
  expires_at: at('14:29:02'),
  simulated: true,
}

export const DENIED: readonly RiskVerdictJson[] = [
  {
    ...VERDICT,
    verdict_id: 'rv_2',
    symbol: 'TSLA',
    qty: '40',
    notional: '16120.00',
    decision: 'denied',
    reasons: [
      {
        id: 'R12',
        code: 'MAX_ORDER_NOTIONAL',
        scope: 'order',
        limit: '10000',
        observed: '16120.00',
        message: 'The order is larger than one order may be.',
      },
      {
        id: 'R17',
        code: 'SECTOR_CONCENTRATION',
        scope: 'account',
        limit: '0.30',
        observed: '0.34',
        message: 'Too much of the account would be in one sector.',
      },
    ],
  },
]

export const ORDERS: readonly OrderJson[] = [
  ['NVDA', 'filled', '31', '31', '160.09'],
  ['AAPL', 'partially_filled', '18', '11', '271.40'],
  ['MSFT', 'new', '9', '0', null],
  ['XOM', 'rejected', '42', '0', null],
  ['F', 'expired', '400', '0', null],
].map(([symbol, status, qty, filled, price], index) => ({
  client_order_id: `so-${sha(String(index + 3)).slice(0, 32)}`,
  intent_id: `in_${index}`,
  intent_hash: sha('ab'),
  verdict_id: 'rv_1',
  account_id: 'paper-1',
  recommendation_id: 'rec_nvda_1',
  symbol: symbol ?? '',
  side: 'buy',
  type: 'limit',
  time_in_force: 'day',
  order_class: 'bracket',
  qty: qty ?? '0',
  limit_price: '160.20',
  stop_price: null,
  take_profit_limit_price: '171.40',
  stop_loss_stop_price: '153.85',
  purpose: 'entry',
  submitted_at: at(`14:2${8 - index}:03`),
  mode: 'paper',
  simulated: true,
  status: status ?? '',
  order_id: `venue-${index}`,
  filled_qty: filled ?? '0',
  leaves_qty: '0',
  filled_avg_price: price ?? null,
  status_at: at('14:28:05'),
  status_reason: status === 'rejected' ? 'insufficient buying power' : null,
}))

export const EXECUTIONS: readonly ExecutionJson[] = [
  ['fill', '19', '160.10', at('14:28:05')],
  ['partial_fill', '12', '160.08', at('14:28:04')],
  ['new', null, null, at('14:28:03')],
].map(([event, qty, price, time], index) => ({
  execution_id: `x_${index}`,
  order_id: 'venue-0',
  client_order_id: ORDERS[0]?.client_order_id ?? '',
  account_id: 'paper-1',
  symbol: 'NVDA',
  side: 'buy',
  leg: 'entry',
  event: event ?? '',
  status: event === 'fill' ? 'filled' : (event ?? ''),
  qty: '31',
  filled_qty: '31',
  leaves_qty: '0',
  filled_avg_price: '160.09',
  last_qty: qty ?? null,
  last_price: price ?? null,
  fee: qty === null ? '0' : '0.02',
  transact_at: time ?? '',
  received_at: time ?? '',
  reason: null,
  recommendation_id: 'rec_nvda_1',
  simulated: true,
}))

const part = (name: string, label: string, value: number, weight: number) => ({
  name,
  label,
  value,
  weight,
  contribution: value * weight,
})
const PARTS = [
  part('sentiment_1d', 'Sentiment of the last day', 0.412, 0.55),
  part('sentiment_6h_trend', 'Sentiment rising over six hours', 0.18, 0.3),
  part('event_guidance', 'Guidance raised', 0.6, 0.25),
  part('disagreement', 'Sources disagree', 0.22, -0.2),
  part('priced_in', 'Already in the price', 0.38, -0.28),
  part('momentum_5d', 'Price over five days', 0.031, 0.9),
]
const SCORE = PARTS.reduce((sum, p) => sum + p.contribution, 0)

export const RECOMMENDATION: RecommendationDetail = {
  recommendation_id: 'rec_nvda_1',
  symbol: 'NVDA',
  signal_id: 'sig_nvda_20261124_142800',
  as_of: at('14:28:00'),
  expires_at: at('20:00:00'),
  action: 'buy',
  hold_reasons: [],
  score: SCORE,
  threshold: 0.25,
  probability: 0.577,
  simulated: true,
  p_calibrated: null,
  signal_strength: 0.412,
  agreement: 0.83,
  contributions: PARTS,
  supporting: [
    evidence({}),
    evidence({
      cluster_id: 'cl_2',
      source_type: 'regulator',
      source_owner: 'SEC',
      source_id: 'edgar',
      title: '8-K: Results of operations and financial condition',
      event_type: 'earnings',
      quote: MARGIN.quote,
      quote_start: MARGIN.start,
      quote_end: MARGIN.end,
      contribution: 0.14,
      copies: 1,
      sentiment: 0.41,
      weight: 0.48,
      known_at: at('14:21:09'),
      raw_sha256: sha('c0ffee12'),
    }),
  ],
  opposing: [
    evidence({
      cluster_id: 'cl_3',
      source_owner: 'Trade Daily',
      source_type: 'trade',
      event_type: 'litigation_regulatory',
      quote: EXPORT.quote,
      quote_start: EXPORT.start,
      quote_end: EXPORT.end,
      contribution: -0.062,
      copies: 1,
      sentiment: -0.44,
      weight: 0.2,
      known_at: at('13:02:55'),
      raw_sha256: sha('5eed04'),
    }),
  ],
  counterfactuals: [
    {
      cluster_id: 'cl_1',
      label: 'Wire One: Nvidia raises fourth-quarter outlook',
      action: 'hold',
      score: SCORE - 0.17,
    },
    { cluster_id: 'cl_2', label: 'SEC: 8-K', action: 'buy', score: SCORE - 0.05 },
  ],
  independent_clusters: 3,
  primary_source: true,
  price: {
    last_price: '160.02',
    bar_at: at('14:27:00'),
    return_1d: 0.012,
    return_5d: 0.031,
    rsi_14: 61,
    atr_14: '3.12',
    gap: 0.004,
    relative_volume: 1.6,
    volatility_1d: 0.021,
  },
  expected_edge_bps: 38,
  cost_bps: 9,
  recommender_version: 'rules-2026.11',
  verdicts: [VERDICT],
  orders: ORDERS.slice(0, 1),
  executions: EXECUTIONS,
}

export const RECOMMENDATIONS: readonly RecommendationDetail[] = [
  RECOMMENDATION,
  ...['AAPL', 'MSFT', 'XOM', 'F', 'TSLA', 'JPM', 'PFE', 'KO', 'BA', 'CVX'].map(
    (symbol, index): RecommendationDetail => {
      const action = index % 5 === 3 ? 'sell' : index % 3 === 0 ? 'buy' : 'hold'
      const score = action === 'buy' ? 0.28 + index / 100 : action === 'sell' ? -0.34 : 0.04 * index - 0.1
      return {
        ...RECOMMENDATION,
        recommendation_id: `rec_${symbol.toLowerCase()}`,
        symbol,
        as_of: at(`14:${String(26 - index).padStart(2, '0')}:12`),
        action,
        score,
        hold_reasons: action === 'hold' ? (index % 2 === 0 ? ['weak_score'] : ['single_source', 'low_confidence']) : [],
      }
    },
  ),
]

const claim = (id: string, quote: typeof RAISED, event: string, sentiment: number, modality: string) => ({
  claim_id: id,
  event_type: event,
  sub_type: null,
  polarity: Math.sign(sentiment),
  sentiment,
  magnitude: 'moderate',
  horizon: 'quarters',
  modality,
  tense: 'future',
  slots: {},
  evidence: [quote],
  confidence: 0.81,
})

export const DOCUMENT: DocumentDetail = {
  document_id: 'doc_7f3a90c2',
  source_id: 'wire-one',
  source_type: 'wire',
  source_owner: 'Wire One',
  url: 'https://news.example/nvidia-outlook',
  title: 'Nvidia raises fourth-quarter outlook on demand for data-centre chips',
  published_at: at('14:26:50'),
  received_at: at('14:27:31'),
  known_at: at('14:27:31'),
  symbols: ['NVDA', 'AMD'],
  simulated: true,
  canonical_url: null,
  byline: 'A. Reporter',
  language: 'en',
  text: TEXT,
  text_sha256: sha('7e57'),
  raw_sha256: sha('7f3a90c2e41b'),
  raw_object_key: 'raw/7f/3a/7f3a90c2e41b',
  parser_version: 'parse-1',
  sections: [],
  links: [],
  form_type: null,
  items: [],
  hidden_text_removed: false,
  extractions: [
    {
      extraction_id: 'ex_1',
      document_id: 'doc_7f3a90c2',
      symbol: 'NVDA',
      company_id: 'c_nvda',
      source_id: 'wire-one',
      source_type: 'wire',
      source_owner: 'Wire One',
      url: null,
      title: null,
      published_at: null,
      known_at: at('14:27:31'),
      extractor: 'rules',
      extractor_version: 'rules-1',
      model: null,
      degraded: false,
      mention_count: 3,
      relevance: 0.92,
      claims: [
        claim('c1', RAISED, 'guidance', 0.72, 'fact'),
        claim('c2', EXPORT, 'litigation_regulatory', -0.44, 'estimate'),
        claim('c3', MARGIN, 'earnings', 0.41, 'guidance'),
      ],
      sentiment: 0.48,
      confidence: 0.81,
      abstain_reason: null,
      injection_suspected: false,
      raw_sha256: sha('7f3a90c2e41b'),
      text_sha256: sha('7e57'),
      simulated: true,
    },
  ],
  recommendations: [RECOMMENDATION],
}

export const POSITIONS: readonly PositionJson[] = [
  ['NVDA', '31', '160.09', '4962.79', '161.44', '5004.64', '41.85', '0.00'],
  ['AAPL', '11', '271.40', '2985.40', '269.12', '2960.32', '-25.08', '112.40'],
  ['JPM', '22', '301.10', '6624.20', '304.55', '6700.10', '75.90', '-18.22'],
].map(([symbol, qty, entry, cost, last, value, unrealized, realized]) => ({
  account_id: 'paper-1',
  symbol: symbol ?? '',
  qty: qty ?? '',
  avg_entry_price: entry ?? '',
  cost_basis: cost ?? '',
  market_price: last ?? '',
  market_value: value ?? '',
  unrealized_pl: unrealized ?? '',
  realized_pl: realized ?? '',
  opened_at: at('14:28:05'),
  entry_client_order_id: ORDERS[0]?.client_order_id ?? null,
  recommendation_id: 'rec_nvda_1',
  updated_at: at('14:30:00'),
  simulated: true,
}))

export const EQUITY: readonly AccountJson[] = Array.from({ length: 120 }, (_, index) => {
  const equity = 100_000 + 60 * index * Math.sin(index / 9) * 0.35 + index * 9
  return {
    account_id: 'paper-1',
    as_of: new Date(Date.UTC(2026, 10, 24, 9, 0, 0) + index * 165_000).toISOString(),
    cash: '86412.55',
    equity: equity.toFixed(2),
    realized_pl: '94.18',
    unrealized_pl: (equity - 100_094.18).toFixed(2),
    fees: '3.12',
    open_positions: 3,
    mode: 'paper',
    simulated: true,
  }
})
