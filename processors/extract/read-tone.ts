import { attributeHits, type Named } from './attribute-hits.ts'
import { type Hit, polarHits, wordsOf } from './polar-hits.ts'
import { type Span, sentencesOf } from './sentences.ts'

export interface SentenceTone {
  readonly span: Span
  readonly hits: ReadonlyMap<string, readonly Hit[]>
  readonly named: readonly Named[]
  /** Companies named here, or last before. */
  readonly about: readonly string[]
}

/** Polar hits of each sentence by company. Sentences that name none go on about the companies named last. */
export function sentenceTones(text: string, named: readonly Named[]): SentenceTone[] {
  let last: readonly Named[] = []
  return sentencesOf(text).map((span) => {
    const here = named.filter((mention) => mention.start >= span.start && mention.start < span.end)
    const words = wordsOf(text, span.start, span.end)
    const { hits, clauses } = polarHits(words)
    if (here.length > 0) {
      last = here
      return {
        span,
        hits: attributeHits(text, words, clauses, hits, here),
        named: here,
        about: here.map((mention) => mention.company),
      }
    }
    const carried = new Map(hits.length > 0 ? last.map((mention) => [mention.company, hits] as const) : [])
    return { span, hits: carried, named: [], about: last.map((mention) => mention.company) }
  })
}

/** tanh(Σ polarity·weight / (1.5·√n)) over hits; 0 without any. */
export function toneOf(hits: readonly { readonly polarity: number; readonly weight: number }[]): number {
  if (hits.length === 0) return 0
  const sum = hits.reduce((total, hit) => total + hit.polarity * hit.weight, 0)
  return Math.tanh(sum / (1.5 * Math.sqrt(hits.length)))
}

/** Tone of a text per company, -1 to 1; companies nothing is said about are missing. */
export function readTone(text: string, named: readonly Named[]): Map<string, number> {
  const byCompany = new Map<string, Hit[]>()
  for (const sentence of sentenceTones(text, named)) {
    for (const [company, hits] of sentence.hits) byCompany.set(company, [...(byCompany.get(company) ?? []), ...hits])
  }
  return new Map([...byCompany].map(([company, hits]) => [company, toneOf(hits)]))
}
