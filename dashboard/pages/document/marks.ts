import type { DocumentDetail } from '../../data/wire.ts'

/** What one claim says at a place in the text. */
export interface MarkClaim {
  readonly key: string
  readonly symbol: string | null
  readonly eventType: string
  readonly sentiment: number
  readonly confidence: number
  readonly modality: string
}

/** A quoted span, numbered from 1 in the order of the text; its address is `#e<number>`. */
export interface Mark {
  readonly number: number
  readonly start: number
  readonly end: number
  readonly claims: readonly MarkClaim[]
}

/** A run of text under the same marks. `opens` are the marks that begin here. */
export interface Run {
  readonly start: number
  readonly text: string
  readonly marks: readonly Mark[]
  readonly opens: readonly Mark[]
}

/** Spans of all claims; claims that quote the same span share its number. Spans outside the text are left out. */
export function marksOf(document: DocumentDetail): readonly Mark[] {
  const length = document.text?.length ?? 0
  const spans = document.extractions.flatMap((extraction) =>
    extraction.claims.flatMap((claim) =>
      claim.evidence.map(({ start, end }) => ({
        start,
        end,
        claim: {
          key: `${extraction.extraction_id} ${claim.claim_id}`,
          symbol: extraction.symbol,
          eventType: claim.event_type,
          sentiment: claim.sentiment,
          confidence: claim.confidence,
          modality: claim.modality,
        },
      })),
    ),
  )
  const inside = spans.filter((s) => s.start >= 0 && s.start < s.end && s.end <= length)
  const groups = Map.groupBy(inside, (s) => `${s.start}-${s.end}`)
  return [...groups.values()]
    .map((group) => ({ start: group[0]?.start ?? 0, end: group[0]?.end ?? 0, claims: group.map((s) => s.claim) }))
    .toSorted((a, b) => a.start - b.start || a.end - b.end)
    .map((mark, index) => ({ number: index + 1, ...mark }))
}

/** Cuts the text wherever a mark begins or ends. The runs joined are the text, whatever overlaps. */
export function runsOf(text: string, marks: readonly Mark[]): readonly Run[] {
  const cuts = [...new Set([0, text.length, ...marks.flatMap((m) => [m.start, m.end])])].toSorted((a, b) => a - b)
  return cuts.slice(0, -1).map((start, index) => ({
    start,
    text: text.slice(start, cuts[index + 1]),
    marks: marks.filter((m) => m.start <= start && m.end > start),
    opens: marks.filter((m) => m.start === start),
  }))
}

/** The mark an address names: by number (`#e3`), or by the offset a quotation begins at (`?at=120`), or around it. */
export function markAt(marks: readonly Mark[], hash: string, at: string | null): Mark | null {
  const number = /^#e(\d+)$/.exec(hash)?.[1]
  if (number !== undefined) return marks.find((m) => m.number === Number(number)) ?? null
  if (at === null || !/^\d+$/.test(at)) return null
  const offset = Number(at)
  return marks.find((m) => m.start === offset) ?? marks.find((m) => m.start <= offset && m.end > offset) ?? null
}

/** The mark after or before `current`, round the ends. */
export function neighbour(marks: readonly Mark[], current: Mark | null, by: 1 | -1): Mark | null {
  if (marks.length === 0) return null
  const index = current === null ? (by === 1 ? -1 : 0) : marks.findIndex((m) => m.number === current.number)
  return marks[(index + by + marks.length) % marks.length] ?? null
}
