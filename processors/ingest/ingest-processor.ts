import { type Bar, type IngestionJob, type RawClaims, rawDocumentOf } from '../../schemas/index.ts'
import { defineProcessor, type InputRecord, type ProcessorContext, StreamsError } from '../../streams/index.ts'

/** What a fetch brought, or why it brought nothing. */
export type IngestResult =
  | {
      readonly kind: 'fetched'
      readonly documents: readonly {
        readonly bytes: Uint8Array
        readonly claims: RawClaims
        readonly sidecar: Readonly<Record<string, string>>
      }[]
      readonly bars: readonly Bar[]
      /** Where the next page begins. */
      readonly nextCursor: string | null
      readonly delayed: boolean
    }
  | { readonly kind: 'empty' | 'unchanged' | 'refused' | 'outage'; readonly reason: string }
  | { readonly kind: 'throttled'; readonly retryAfterMs: number; readonly reason: string }

export interface IngestPorts {
  /** One page of the job's source. It never throws for what the other side does. */
  readonly fetchJob: (job: IngestionJob) => Promise<IngestResult>
  /** Puts raw bytes under their key before the record that points at them is forwarded. */
  readonly putRaw: (key: string, bytes: Uint8Array, sidecar: Readonly<Record<string, string>>) => Promise<void>
  /** Told how each page ended: for metrics and the health of a source. */
  readonly onResult?: (job: IngestionJob, result: IngestResult) => void
}

/** One job never pages further; what lies behind comes with a later job. */
const PAGES_MAX = 20

/**
 * Fetches what a job asks for: raw bytes to the object store, a record of each document, and bars. Ids are derived from
 * content, so a job tried again makes the same records. An outage or a throttle is thrown as retriable and the engine
 * tries again with backoff; nothing new is no error.
 */
export const ingestProcessor = defineProcessor<Record<never, never>, IngestPorts>({
  type: 'ingest',
  summary: 'Fetches due sources: raw bytes to the object store, documents and bars to their topics.',
  records: {
    reads: [{ schema: 'IngestionJob' }],
    writes: [
      { schema: 'RawDocument', topic: 'documents.raw' },
      { schema: 'Bar', topic: 'market.bars' },
    ],
  },
  fields: {},
  create: (_config, ports) => ({
    async process(record, context) {
      const job = (record as InputRecord<IngestionJob>).value
      if (job === undefined) return
      let cursor: string | null = job.cursor
      for (let page = 0; page < PAGES_MAX; page++) {
        cursor = await ingestPage({ ...job, cursor }, ports, context)
        if (cursor === null) return
      }
    },
  }),
})

async function ingestPage(job: IngestionJob, ports: IngestPorts, context: ProcessorContext): Promise<string | null> {
  const result = await ports.fetchJob(job)
  ports.onResult?.(job, result)
  if (result.kind === 'empty' || result.kind === 'unchanged') return null
  if (result.kind !== 'fetched') throw failureOf(job, result)
  const documents = result.documents.map(({ bytes, claims, sidecar }) => ({
    bytes,
    sidecar,
    document: rawDocumentOf(bytes, { ...claims, jobId: job.job_id }),
  }))
  await Promise.all(documents.map(({ document, bytes, sidecar }) => ports.putRaw(document.object_key, bytes, sidecar)))
  for (const { document } of documents) {
    context.forward({
      topic: 'documents.raw',
      key: document.document_id,
      value: document,
      timestampMs: document.received_at,
    })
  }
  for (const bar of result.bars) {
    context.forward({ topic: 'market.bars', key: bar.symbol, value: bar, timestampMs: bar.end_at })
  }
  return result.nextCursor
}

/** Whether trying again can help is the engine's question; the code answers it. */
function failureOf(job: IngestionJob, result: Exclude<IngestResult, { kind: 'fetched' }>): StreamsError {
  const details = { source_id: job.source_id, job_id: job.job_id, outcome: result.kind }
  if (result.kind === 'throttled') {
    return new StreamsError('LOG_UNAVAILABLE', `throttled: ${result.reason}`, {
      ...details,
      retry_after_ms: result.retryAfterMs,
    })
  }
  return new StreamsError(
    result.kind === 'outage' ? 'LOG_UNAVAILABLE' : 'PROCESSING',
    `${result.kind}: ${result.reason}`,
    details,
  )
}
