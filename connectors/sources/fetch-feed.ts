import type { IngestionJob } from '../../schemas/index.ts'
import { feedItemXml } from './feed-item-xml.ts'
import { type FetchedDocument, type FetchResult, fetched, withoutContent } from './fetch-result.ts'
import { type FeedItem, parseFeed } from './parse-feed.ts'
import type { SourcePorts } from './source-ports.ts'

/** Fetches an RSS or Atom feed: one document an item, of what the feed carries. */
export async function fetchFeed(job: IngestionJob, ports: SourcePorts): Promise<FetchResult> {
  if (job.url === null) return { kind: 'refused', reason: `source ${job.source_id} has no address` }
  const answer = await ports.fetch({ url: job.url, ...ports.memory.validatorsFor(job.url, job.job_id) })
  if (answer.kind !== 'content') return withoutContent(answer)
  const receivedAt = ports.clock.now()
  const items = parseFeed(answer.bytes, answer.contentType, answer.url).filter(
    (item) => !ports.memory.sawItem(`${job.source_id} ${item.id}`, job.job_id),
  )
  for (const item of items) ports.memory.rememberItem(`${job.source_id} ${item.id}`, job.job_id)
  ports.memory.rememberPage(job.url, job.job_id, answer.validators)
  if (items.length === 0) return { kind: 'unchanged', reason: `${job.url}: no item that was not seen before` }
  return fetched({ documents: items.map((item) => toDocument(item, job, receivedAt)) })
}

function toDocument(item: FeedItem, job: IngestionJob, receivedAt: number): FetchedDocument {
  return {
    bytes: Buffer.from(feedItemXml(item)),
    claims: {
      sourceId: job.source_id,
      sourceType: 'press',
      sourceOwner: job.source_owner,
      url: item.url,
      title: item.title,
      contentType: 'application/rss+xml',
      publishedAt: item.publishedAt,
      receivedAt,
      symbols: [],
      jobId: job.job_id,
      publisherId: item.id,
    },
    sidecar: { feed: job.url ?? '', url: item.url ?? '', fetched_at: new Date(receivedAt).toISOString() },
  }
}
