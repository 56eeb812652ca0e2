import type { IngestionJob } from '../../schemas/index.ts'
import { fetchEdgar } from './fetch-edgar.ts'
import { fetchFeed } from './fetch-feed.ts'
import { fetchFiles } from './fetch-files.ts'
import { fetchMassiveBars, fetchMassiveNews } from './fetch-massive.ts'
import { FetchMemory, type FetchResult } from './fetch-result.ts'
import type { SourcePorts } from './source-ports.ts'

type FetchSource = (job: IngestionJob, ports: SourcePorts) => Promise<FetchResult>
const SOURCES: Readonly<Record<string, FetchSource>> = {
  rss: fetchFeed,
  atom: fetchFeed,
  edgar_atom: fetchEdgar,
  massive_news: fetchMassiveNews,
  massive_bars: fetchMassiveBars,
  file: fetchFiles,
}

/** The kinds of source that can be fetched: `source_type` of a job. */
export const FETCHABLE_SOURCE_TYPES: readonly string[] = Object.keys(SOURCES)

/** Fetches a page of a job's source. Never throws for what the other side does: each outcome is a result. */
export function openFetchJob(ports: Omit<SourcePorts, 'memory'>): (job: IngestionJob) => Promise<FetchResult> {
  const all: SourcePorts = { ...ports, memory: new FetchMemory() }
  return async (job) => {
    const fetchSource = SOURCES[job.source_type]
    if (!fetchSource) {
      return {
        kind: 'refused',
        reason: `source ${job.source_id} is of type ${job.source_type}, expected one of ${FETCHABLE_SOURCE_TYPES.join(', ')}`,
      }
    }
    try {
      return await fetchSource(job, all)
    } catch (error) {
      return { kind: 'refused', reason: `source ${job.source_id}: not readable: ${(error as Error).message}` }
    }
  }
}
