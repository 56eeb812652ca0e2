import type { CompanyLink } from '../../schemas/index.ts'
import type { CompanyIndex } from './company-index.ts'
import { findMentions, type Mention } from './find-mentions.ts'

const ROUNDUP_COMPANIES = 5
const LEAD_CHARS = 280

export interface LinkOptions {
  readonly titleEnd: number
  readonly knownAtMs: number
  readonly hints: readonly string[]
  readonly filerCik: string | null
}

/**
 * Companies the text names, with relevance = 0.5 in the headline + 0.2 in the lead + 0.3 times the share of mentions,
 * divided down where more than five companies are named. A text without a headline is its own headline, up to the lead's length.
 */
export function linkCompanies(text: string, index: CompanyIndex, options: LinkOptions): CompanyLink[] {
  const mentions = withFiler(text, findMentions(text, index, options.knownAtMs, options.hints), index, options)
  if (mentions.length === 0) return []
  const headlineEnd = options.titleEnd > 0 ? options.titleEnd : Math.min(text.length, LEAD_CHARS)
  const leadEnd = (options.titleEnd > 0 ? options.titleEnd + 2 : 0) + LEAD_CHARS
  const counts = new Map<string, { headline: boolean; lead: boolean; count: number }>()
  for (const mention of mentions) {
    const id = mention.company.company_id
    const entry = counts.get(id) ?? { headline: false, lead: false, count: 0 }
    if (mention.start < headlineEnd) entry.headline = true
    if (mention.start < leadEnd && (options.titleEnd === 0 || mention.start > options.titleEnd)) entry.lead = true
    entry.count += 1
    counts.set(id, entry)
  }
  const penalty = counts.size > ROUNDUP_COMPANIES ? ROUNDUP_COMPANIES / counts.size : 1
  return mentions.map((mention) => {
    const entry = counts.get(mention.company.company_id) ?? { headline: false, lead: false, count: 0 }
    const share = entry.count / mentions.length
    const relevance = (Number(entry.headline) * 0.5 + Number(entry.lead) * 0.2 + share * 0.3) * penalty
    return {
      company_id: mention.company.company_id,
      symbol: mention.symbol,
      surface: text.slice(mention.start, mention.end),
      start: mention.start,
      end: mention.end,
      strength: mention.strength,
      relevance: Math.round(relevance * 1000) / 1000,
    }
  })
}

/** The filer of a filing is named by its CIK even where the text only says "the Company". */
function withFiler(text: string, mentions: Mention[], index: CompanyIndex, options: LinkOptions): Mention[] {
  const filer = options.filerCik ? index.byCik.get(options.filerCik.padStart(10, '0')) : undefined
  const symbol = filer?.symbols[0]?.symbol
  if (!filer || !symbol || mentions.some((mention) => mention.company.company_id === filer.company_id)) return mentions
  const phrase = /\b(?:the (?:company|registrant)|we|our)\b/i.exec(text)
  const start = phrase?.index ?? 0
  const end = phrase ? start + phrase[0].length : Math.min(text.length, Math.max(options.titleEnd, 1))
  const mention = { company: filer, symbol, start, end, strength: 'strong' as const }
  return [...mentions, mention].sort((a, b) => a.start - b.start)
}
