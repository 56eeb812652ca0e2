import type {
  DocumentDetail,
  EvidenceJson,
  ExecutionJson,
  ExtractionJson,
  Lineage,
  LineageEvidence,
  OrderDetail,
  OrderJson,
  RecommendationDetail,
  RecommendationJson,
  RecommendationSummary,
  RiskVerdictJson,
  SignalJson,
} from '../contract.ts'
import type { Database } from '../database.ts'
import { executions, orders, RECOMMENDATION_SUMMARY } from './listings.ts'

type Recorded<T> = { readonly record: T }

const recordById = async <T>(db: Database, table: string, id: string, value: string | null): Promise<T | null> => {
  if (value === null) return null
  const [row] = await db.query<Recorded<T>>(`select record from ${table} where ${id} = $1`, [value], `by_id_${table}`)
  return row?.record ?? null
}
const ordersWhere = (db: Database, where: string, value: string): Promise<OrderJson[]> =>
  db.query<OrderJson>(`select ${orders.select} from ${orders.from} where ${where} order by ${orders.time}`, [value])
const executionsWhere = (db: Database, where: string, value: string): Promise<ExecutionJson[]> =>
  db.query(`select ${executions.select} from executions where ${where} order by transact_at, _offset, execution_id`, [
    value,
  ])
const verdictById = (db: Database, id: string): Promise<RiskVerdictJson | null> =>
  recordById(db, 'risk_verdicts', 'verdict_id', id)

/** An order by our id or the venue's; undefined where there is none. */
export async function findOrder(db: Database, id: string): Promise<OrderJson | undefined> {
  const [own] = await ordersWhere(db, 'o.client_order_id = $1', id)
  return own ?? (await ordersWhere(db, 's.order_id = $1', id))[0]
}

export async function readOrder(db: Database, id: string): Promise<OrderDetail | undefined> {
  const order = await findOrder(db, id)
  if (!order) return undefined
  const [verdict, reports] = await Promise.all([
    verdictById(db, order.verdict_id),
    executionsWhere(db, 'client_order_id = $1', order.client_order_id),
  ])
  return { ...order, verdict, executions: reports }
}

export async function readRecommendation(db: Database, id: string): Promise<RecommendationDetail | undefined> {
  const found = await recordById<RecommendationJson>(db, 'recommendations', 'recommendation_id', id)
  if (!found) return undefined
  const [verdicts, placed, reports] = await Promise.all([
    db.query<Recorded<RiskVerdictJson>>(
      'select record from risk_verdicts where recommendation_id = $1 order by decided_at, verdict_id',
      [id],
    ),
    ordersWhere(db, 'o.recommendation_id = $1', id),
    executionsWhere(db, 'recommendation_id = $1', id),
  ])
  return { ...found, verdicts: verdicts.map((v) => v.record), orders: placed, executions: reports }
}

/** A document with its text; where only the raw bytes are known, without. */
export async function readDocument(db: Database, id: string): Promise<DocumentDetail | undefined> {
  const [parsed] = await db.query<DocumentDetail>(
    `select document_id, source_id, source_type, source_owner, url, canonical_url, title, byline, language, text, text_sha256,
       published_at, received_at, known_at, raw_sha256, raw_object_key, parser_version, sections, links, form_type, items,
       symbols, hidden_text_removed, simulated
     from documents where document_id = $1`,
    [id],
  )
  const [row] = parsed ? [parsed] : await db.query<DocumentDetail>(RAW_ONLY, [id])
  if (!row) return undefined
  const [found, fed] = await Promise.all([
    db.query<Recorded<ExtractionJson>>(
      'select record from extractions where document_id = $1 order by symbol nulls last, extraction_id',
      [id],
    ),
    db.query<RecommendationSummary>(
      `select ${RECOMMENDATION_SUMMARY} from recommendations where document_ids @> array[$1] order by as_of desc limit 50`,
      [id],
    ),
  ])
  return { ...row, extractions: found.map((e) => e.record), recommendations: fed }
}

const RAW_ONLY = `
select document_id, source_id, source_type, source_owner, url, null as canonical_url, title, null as byline, null as language,
  null as text, null as text_sha256, published_at, received_at, received_at as known_at, sha256 as raw_sha256,
  object_key as raw_object_key, null as parser_version, '[]'::jsonb as sections, '[]'::jsonb as links, form_type,
  '[]'::jsonb as items, symbols, false as hidden_text_removed, simulated
from raw_documents where document_id = $1`

/** From an order down to the hash of the bytes: every step by the id the step before names. */
export async function readLineage(db: Database, id: string): Promise<Lineage | undefined> {
  const order = await findOrder(db, id)
  if (!order) return undefined
  const [verdict, recommendation] = await Promise.all([
    verdictById(db, order.verdict_id),
    recordById<RecommendationJson>(db, 'recommendations', 'recommendation_id', order.recommendation_id),
  ])
  const signal = await recordById<SignalJson>(db, 'signals', 'signal_id', recommendation?.signal_id ?? null)
  const named = recommendation ? [...recommendation.supporting, ...recommendation.opposing] : (signal?.evidence ?? [])
  const evidence = await Promise.all(named.map((e) => readEvidence(db, e)))
  return { order, verdict, recommendation, signal, evidence }
}

interface DocumentRow {
  readonly document_id: string
  readonly title: string | null
  readonly url: string | null
  readonly known_at: string
  readonly object_key: string
  readonly raw_sha256: string
  readonly text_sha256: string | null
  readonly found: string
}

async function readEvidence(db: Database, evidence: EvidenceJson): Promise<LineageEvidence> {
  const [extraction, [row]] = await Promise.all([
    recordById<ExtractionJson>(db, 'extractions', 'extraction_id', evidence.extraction_id),
    db.query<DocumentRow & { text: string }>(
      `select document_id, title, url, known_at, raw_object_key as object_key, raw_sha256, text_sha256, text
       from documents where document_id = $1`,
      [evidence.document_id],
    ),
  ])
  if (!row) return { evidence, extraction, document: null, quote_found: false }
  const { text, ...document } = row
  return {
    evidence,
    extraction,
    document,
    // In code, not SQL: offsets are UTF-16 units, which PostgreSQL does not count in.
    quote_found: text.slice(evidence.quote_start, evidence.quote_end) === evidence.quote,
  }
}
