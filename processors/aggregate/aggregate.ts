import type { Bar, Extraction, PriceContext } from '../../schemas/index.ts'
import {
  defineProcessor,
  field,
  type InputRecord,
  type KeyValueStore,
  type ProcessorContext,
} from '../../streams/index.ts'
import { addEvidence, type EvidenceRow, extractionsOf, type Weighing } from './evidence.ts'
import { type Day, daysAfter, type LastPrice, lastAfter, priceContextOf } from './price-context.ts'
import { signalOf } from './signal.ts'

const DAY_MS = 86_400_000
const ROWS_MAX = 500
const KEPT_MS = 45 * DAY_MS

const fields = {
  kappa: field.number('Weight of doubt: a score is the sum of weighted sentiment over the sum of weights and this.', {
    min: 0.01,
    max: 100,
    default: 0.5,
  }),
  relevance_floor: field.number('Extractions less relevant to the company are left out.', {
    min: 0,
    max: 1,
    default: 0.35,
  }),
  rules_factor: field.number('Weight of what the rules extractor says.', { min: 0, max: 1, default: 0.4 }),
} as const

/** Evidence of a symbol, oldest first, and the extractions it stands for. */
interface Known {
  readonly rows: readonly EvidenceRow[]
  readonly extractions: Set<string>
}
/** Of the symbols this task has seen since it started; the stores hold the same, a row or a day a key. */
interface Cache {
  readonly evidence: Map<string, Known>
  readonly days: Map<string, readonly Day[]>
}

/** Weighs what is said about a symbol by relevance, confidence, source, novelty and age. */
export const aggregate = defineProcessor({
  type: 'aggregate',
  summary: 'Weighs what is said about a symbol into a signal.',
  records: {
    reads: [{ schema: 'Extraction' }, { schema: 'Bar', topic: 'market.bars' }],
    writes: [{ schema: 'Signal' }],
  },
  fields,
  create: ({ kappa, relevance_floor, rules_factor }) => {
    const weighing: Weighing = { relevanceFloor: relevance_floor, extractorFactors: { rules: rules_factor, ollama: 1 } }
    const cache: Cache = { evidence: new Map(), days: new Map() }
    return {
      process(record, context) {
        if (record.topic === 'market.bars') keepBar(record as InputRecord<Bar>, context, cache)
        else weigh(record as InputRecord<Extraction>, context, weighing, kappa, cache)
      },
    }
  },
})

function keepBar({ value: bar }: InputRecord<Bar>, context: ProcessorContext, cache: Cache): void {
  if (!bar) return
  const newest = context.store<LastPrice>('prices')
  newest.put(bar.symbol, lastAfter(newest.get(bar.symbol), bar))
  if (bar.timespan !== '1d') return
  const before = daysOf(bar.symbol, context, cache)
  const after = daysAfter(before, bar)
  const added = after.at(-1)
  if (after === before || added === undefined) return
  const days = context.store<Day>('prices')
  days.put(dayKey(bar.symbol, added), added)
  for (const day of before.slice(0, before.length + 1 - after.length)) days.delete(dayKey(bar.symbol, day))
  cache.days.set(bar.symbol, after)
}

/** Days in the order of their ends. */
const dayKey = (symbol: string, [endAt]: Day): string => `${symbol}|${String(endAt).padStart(15, '0')}`

function daysOf(symbol: string, context: ProcessorContext, cache: Cache): readonly Day[] {
  const cached = cache.days.get(symbol)
  if (cached) return cached
  const days = [...context.store<Day>('prices').range(`${symbol}|`, `${symbol}}`)].map(([, day]) => day)
  cache.days.set(symbol, days)
  return days
}

function priceOf(symbol: string, context: ProcessorContext, cache: Cache): PriceContext | null {
  const newest = context.store<LastPrice>('prices').get(symbol)
  if (!newest) return null
  return priceContextOf({ ...newest, days: daysOf(symbol, context, cache) })
}

function weigh(
  { value: e }: InputRecord<Extraction>,
  context: ProcessorContext,
  weighing: Weighing,
  kappa: number,
  cache: Cache,
): void {
  if (!e?.symbol) return
  const store = context.store<EvidenceRow>('evidence')
  const symbol = e.symbol
  const { rows, extractions } = cache.evidence.get(symbol) ?? storedEvidence(store, symbol)
  const asOfMs = Math.max(e.known_at, rows.at(-1)?.known_at ?? 0)
  const addition = addEvidence(e, rows, weighing, extractions)
  if (addition.kind === 'none') {
    cache.evidence.set(symbol, { rows, extractions })
    return
  }
  const all = [...rows.filter((row) => row.cluster_id !== addition.row.cluster_id), addition.row].sort(byTime)
  const kept = forget(store, symbol, all, asOfMs)
  store.put(keyOf(symbol, addition.row), addition.row)
  if (addition.kind === 'cluster') {
    const signal = signalOf({
      symbol,
      asOfMs,
      trigger: e.extraction_id,
      rows: kept,
      price: priceOf(symbol, context, cache),
      kappa,
      simulated: e.simulated,
    })
    context.forward({ key: symbol, value: signal, timestampMs: asOfMs })
  }
  extractions.add(e.extraction_id)
  for (const id of extractionsOf(all.slice(0, all.length - kept.length))) extractions.delete(id)
  cache.evidence.set(symbol, { rows: kept, extractions })
}

function storedEvidence(store: KeyValueStore<EvidenceRow>, symbol: string): Known {
  const rows = [...store.range(`${symbol}|`, `${symbol}}`)].map(([, row]) => row).sort(byTime)
  return { rows, extractions: extractionsOf(rows) }
}

const byTime = (a: EvidenceRow, b: EvidenceRow): number =>
  a.known_at - b.known_at || (a.cluster_id < b.cluster_id ? -1 : 1)
const keyOf = (symbol: string, row: EvidenceRow): string => `${symbol}|${row.cluster_id}`

/** Drops what is too old or too much, so that a symbol's state is bounded. */
function forget(
  store: KeyValueStore<EvidenceRow>,
  symbol: string,
  rows: readonly EvidenceRow[],
  asOfMs: number,
): readonly EvidenceRow[] {
  const first = rows.findIndex((row, i) => asOfMs - row.known_at < KEPT_MS && rows.length - i <= ROWS_MAX)
  for (const row of rows.slice(0, first)) store.delete(keyOf(symbol, row))
  return rows.slice(first)
}
