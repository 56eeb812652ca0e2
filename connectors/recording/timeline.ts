import type { Bar } from '../../schemas/index.ts'
import type { CompanyRow, RecordedDocument, Recording } from './recording.ts'

/** One thing that became known, and when. */
export type TimelineItem =
  | { readonly kind: 'company'; readonly atMs: number; readonly company: CompanyRow }
  | { readonly kind: 'bar'; readonly atMs: number; readonly bar: Bar }
  | { readonly kind: 'document'; readonly atMs: number; readonly document: RecordedDocument }

/**
 * Everything of a recording in the order in which it became known: companies at the very start, then bars at their end
 * and documents at their receipt. At the same instant the bar comes first: it was complete when the news arrived.
 */
export function timelineOf(recording: Recording): readonly TimelineItem[] {
  const bars = recording.bars.map((bar) => ({ kind: 'bar', atMs: bar.end_at, bar }) as const)
  const documents = recording.documents.map(
    (document) => ({ kind: 'document', atMs: document.received_at, document }) as const,
  )
  const startMs = Math.min(
    recording.fromMs,
    bars[0]?.bar.start_at ?? recording.fromMs,
    documents[0]?.atMs ?? recording.fromMs,
  )
  const companies = recording.companies.map((company) => ({ kind: 'company', atMs: startMs, company }) as const)
  return [...companies, ...mergeByTime(bars, documents)]
}

function mergeByTime<A extends { readonly atMs: number }, B extends { readonly atMs: number }>(
  first: readonly A[],
  second: readonly B[],
): (A | B)[] {
  const merged: (A | B)[] = []
  let i = 0
  let j = 0
  for (;;) {
    const a = first[i]
    const b = second[j]
    if (a === undefined || b === undefined) return [...merged, ...first.slice(i), ...second.slice(j)]
    if (a.atMs <= b.atMs) {
      merged.push(a)
      i++
    } else {
      merged.push(b)
      j++
    }
  }
}
