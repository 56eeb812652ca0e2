import { expect, test } from 'vitest'
import type { IngestionJob, RawDocument } from '../../schemas/index.ts'
import { sha256Hex } from '../../schemas/index.ts'
import type { InputRecord, OutputRecord, ProcessorContext } from '../../streams/index.ts'
import { type IngestResult, ingestProcessor } from './ingest-processor.ts'

const job = { job_id: 'j1', source_id: 's', source_type: 'rss', cursor: null } as IngestionJob
const record = { value: job } as unknown as InputRecord
const page = (body: string, nextCursor: string | null): IngestResult => ({
  kind: 'fetched',
  documents: [
    {
      bytes: Buffer.from(body),
      claims: { sourceId: 's', sourceType: 'press', contentType: 'text/plain', receivedAt: 5 },
      sidecar: {},
    },
  ],
  bars: [],
  nextCursor,
  delayed: false,
})

async function run(results: readonly IngestResult[]) {
  const steps: string[] = []
  const forwarded: OutputRecord[] = []
  let next = 0
  const processor = ingestProcessor.create(
    {},
    {
      fetchJob: async () => results[next++]!,
      putRaw: async (key) => void steps.push(`put ${key}`),
    },
  )
  const context = {
    forward: (r: OutputRecord) => {
      steps.push(`forward ${String(r.topic)}`)
      forwarded.push(r)
    },
  } as unknown as ProcessorContext
  await processor.process(record, context)
  return { steps, forwarded }
}

test('raw bytes are stored before the record that points at them, page after page', async () => {
  const { steps, forwarded } = await run([page('one', 'p2'), page('two', null)])
  const key = (body: string): string => `raw/s/1970/01/01/${sha256Hex(body)}`
  expect(steps).toEqual([`put ${key('one')}`, 'forward documents.raw', `put ${key('two')}`, 'forward documents.raw'])
  expect(forwarded[0]?.value).toMatchObject({ job_id: 'j1' } satisfies Partial<RawDocument>)
})

test('nothing new is no error; an outage can be tried again, a refusal cannot', async () => {
  expect((await run([{ kind: 'unchanged', reason: '304' }])).steps).toEqual([])
  await expect(run([{ kind: 'outage', reason: 'no answer' }])).rejects.toMatchObject({ retriable: true })
  await expect(run([{ kind: 'throttled', retryAfterMs: 10, reason: '429' }])).rejects.toMatchObject({
    retriable: true,
    details: { retry_after_ms: 10 },
  })
  await expect(run([{ kind: 'refused', reason: '404' }])).rejects.toMatchObject({
    retriable: false,
    message: 'refused: 404',
  })
})
