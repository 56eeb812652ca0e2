import type { IngestionJob } from '../../schemas/index.ts'
import { type FetchedDocument, type FetchResult, fetched, withoutContent } from './fetch-result.ts'
import { byFiling, type EdgarEntry, parseEdgarAtom, parseSubmissionHeader } from './parse-edgar.ts'
import type { SourcePorts } from './source-ports.ts'

const PAGE_ENTRIES = 100
/** EDGAR lists no further back than this. */
const START_MAX = 1900

/**
 * Fetches a page of EDGAR's latest filings and every submission on it that earlier jobs did not fetch. `start` of the
 * page is the job's cursor. Paging goes on while a full page brought something new.
 */
export async function fetchEdgar(job: IngestionJob, ports: SourcePorts): Promise<FetchResult> {
  if (job.url === null) return { kind: 'refused', reason: `source ${job.source_id} has no address` }
  const start = Number(job.cursor ?? '0')
  const page = await ports.fetch({ url: pageUrl(job.url, start) })
  if (page.kind !== 'content') return withoutContent(page)
  const entries = parseEdgarAtom(page.bytes, page.contentType, page.url)
  const fresh = byFiling(entries).filter((entry) => !ports.memory.sawItem(entry.accession, job.job_id))
  if (fresh.length === 0) return { kind: 'unchanged', reason: `${page.url}: no filing that was not fetched before` }
  const documents: FetchedDocument[] = []
  for (const entry of fresh) {
    const answer = await ports.fetch({ url: entry.submissionUrl })
    // A filing can be withdrawn between the list and the fetch: it is left out; anything else stops the job to try again.
    if (answer.kind === 'throttled' || answer.kind === 'outage') return answer
    if (answer.kind === 'content') documents.push(toDocument(entry, answer.bytes, job, ports.clock.now()))
  }
  for (const entry of fresh) ports.memory.rememberItem(entry.accession, job.job_id)
  const more = entries.length >= PAGE_ENTRIES && start + PAGE_ENTRIES <= START_MAX
  return fetched({ documents, nextCursor: more ? String(start + PAGE_ENTRIES) : null })
}

function pageUrl(address: string, start: number): string {
  const url = new URL(address)
  url.searchParams.set('start', String(start))
  url.searchParams.set('count', String(PAGE_ENTRIES))
  if (!url.searchParams.has('output')) url.searchParams.set('output', 'atom')
  return url.href
}

/** Acceptance time is when the public could know; the filing date is not. */
function toDocument(entry: EdgarEntry, bytes: Uint8Array, job: IngestionJob, receivedAt: number): FetchedDocument {
  const header = parseSubmissionHeader(bytes)
  return {
    bytes,
    claims: {
      sourceId: job.source_id,
      sourceType: 'regulator',
      sourceOwner: job.source_owner,
      url: entry.indexUrl,
      title: `${header.form ?? entry.form} - ${header.company ?? entry.name}`,
      contentType: 'text/x-edgar-submission',
      publishedAt: header.acceptedAt ?? entry.acceptedAt,
      receivedAt,
      formType: header.form ?? entry.form,
      cik: header.cik ?? entry.cik,
      jobId: job.job_id,
      publisherId: entry.accession,
    },
    sidecar: { url: entry.submissionUrl, accession: entry.accession, fetched_at: new Date(receivedAt).toISOString() },
  }
}
