import type { Recording } from '../../connectors/index.ts'
import { generateMarketDay } from '../../processors/index.ts'

const SEED = 'demo'
const DATE = '2026-03-02'

/** The simulated market day as a recording; the same seed and date make the same day. */
export function loadMarketDay(): Recording {
  const day = generateMarketDay({ seed: SEED, date: DATE })
  return {
    name: `market-day-${SEED}-${DATE}`,
    fromMs: day.documents[0]?.received_at ?? 0,
    simulated: true,
    companies: day.companies.map((c) => ({
      symbol: c.symbols[0]?.symbol ?? c.company_id,
      name: c.legal_name ?? c.name,
      sector: c.sector,
    })),
    documents: day.documents.map((d) => ({
      id: d.document_id,
      source: d.source_id,
      source_type: d.source_type,
      url: d.url,
      title: d.title,
      body: d.body ?? '',
      content_type: d.content_type,
      published_at: d.published_at,
      received_at: d.received_at,
      symbols: d.symbols,
    })),
    bars: day.bars,
  }
}
