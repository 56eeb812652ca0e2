import type { Bar } from '../../schemas/index.ts'

/** A row of `companies.csv`. */
export interface CompanyRow {
  readonly symbol: string
  readonly name: string
  readonly sector: string | null
}

/** A line of `documents.jsonl`, its instants as epoch milliseconds. */
export interface RecordedDocument {
  readonly id: string
  readonly source: string
  readonly source_type: string
  readonly url: string | null
  readonly title: string | null
  readonly body: string
  readonly content_type: string
  readonly published_at: number | null
  readonly received_at: number
  readonly symbols: readonly string[]
}

/** News and prices of a span of time: documents in order of `received_at`, bars in order of `end_at`. */
export interface Recording {
  /** Names the position of a replay; two recordings have two names. */
  readonly name: string
  /** Where the replay's clock starts, epoch milliseconds: what lies before is history and comes at once. */
  readonly fromMs: number
  /** True where the data was generated, not observed. */
  readonly simulated: boolean
  readonly companies: readonly CompanyRow[]
  readonly documents: readonly RecordedDocument[]
  readonly bars: readonly Bar[]
}

/** A file of a recording does not hold what the format says; the message names file, line and how to mend it. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError'
}
