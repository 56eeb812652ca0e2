import { type Company, rawDocumentOf } from '../../schemas/index.ts'
import {
  type Clock,
  defineSource,
  field,
  type Source,
  type SourceContext,
  type SourceProgress,
} from '../../streams/index.ts'
import type { CompanyRow, RecordedDocument, Recording } from './recording.ts'
import { type TimelineItem, timelineOf } from './timeline.ts'

const STORE = 'replay_position'
const BATCH = 500
export const MARKET_DAY = 'market-day'

export interface ReplayPorts {
  /** The recording in a folder, or the simulated market day for {@link MARKET_DAY}. */
  readonly loadRecording: (name: string) => Promise<Recording>
  /** Puts raw bytes where `object_key` says, before the record is forwarded. */
  readonly putRaw: (key: string, bytes: Uint8Array, sidecar: Readonly<Record<string, string>>) => Promise<void>
  /** The company of a row with the names by which it is found. `updated_at` and `simulated` are set here. */
  readonly companyOf: (row: CompanyRow) => Company
  /** Paces the replay; records always carry the recording's own time. */
  readonly clock: Clock
}

/** How far a replay of one recording has come: items forwarded, of {@link timelineOf}. */
interface Position {
  readonly next: number
}

const fields = {
  recording: field.text('A folder in the recording format, or market-day for the simulated one.', {
    default: MARKET_DAY,
  }),
  speed: field.text('How many seconds of the recording pass in one of ours, 60; or max for as fast as it goes.', {
    default: 'max',
  }),
} as const

/** Replays a recording: companies, then bars and documents as they became known. It continues where it was stopped. */
export const replaySource = defineSource<typeof fields, ReplayPorts>({
  type: 'replay',
  summary: 'Replays recorded news and prices in the order in which they became known.',
  records: {
    writes: [
      { schema: 'RawDocument', topic: 'documents.raw' },
      { schema: 'Bar', topic: 'market.bars' },
      { schema: 'Company', topic: 'registry.companies' },
    ],
  },
  fields,
  create: (config, ports) => createReplay(config.recording || MARKET_DAY, parseSpeed(config.speed), ports),
})

/** Infinity for `max`. Throws TypeError in words where it is neither. */
export function parseSpeed(text: string): number {
  if (text === 'max' || text === '') return Number.POSITIVE_INFINITY
  const speed = Number(text.replace(/[x×]$/, ''))
  if (speed > 0) return speed
  throw new TypeError(`replay: speed is ${JSON.stringify(text)}, expected a number above 0, or max`)
}

function createReplay(name: string, speed: number, ports: ReplayPorts): Source {
  let recording: Recording | undefined
  let timeline: readonly TimelineItem[] = []
  let dueBy: (nowMs: number) => number = () => Number.POSITIVE_INFINITY

  const nextIndex = (context: SourceContext, of: Recording): number =>
    context.store<Position>(STORE).get(of.name)?.next ?? 0

  return {
    async init(context) {
      recording = await ports.loadRecording(name)
      timeline = timelineOf(recording)
      const firstMs = timeline[nextIndex(context, recording)]?.atMs
      context.watermark(firstMs ?? Number.POSITIVE_INFINITY)
      const at = firstMs ?? recording.fromMs
      dueBy = paceFrom(ports.clock.now(), Math.max(at, recording.fromMs), speed)
    },
    async poll(context): Promise<SourceProgress> {
      if (!recording) throw new Error('replay: poll before init')
      const next = nextIndex(context, recording)
      if (next >= timeline.length) return 'done'
      const items = takeDue(timeline, next, dueBy(ports.clock.now()))
      if (items.length === 0) return 'idle'
      await forwardAll(items, recording, ports, context)
      context.store<Position>(STORE).put(recording.name, { next: next + items.length })
      const coming = timeline[next + items.length]
      context.watermark(coming?.atMs ?? Number.POSITIVE_INFINITY)
      return coming === undefined ? 'done' : 'more'
    },
  }
}

/** Recording time that has come at a moment of ours. */
const paceFrom =
  (startedMs: number, fromMs: number, speed: number) =>
  (nowMs: number): number =>
    speed === Number.POSITIVE_INFINITY ? speed : fromMs + (nowMs - startedMs) * speed

/** Items from `next` on that have come, at most a batch. */
function takeDue(timeline: readonly TimelineItem[], next: number, dueMs: number): readonly TimelineItem[] {
  let end = next
  while (end < timeline.length && end - next < BATCH && (timeline[end] as TimelineItem).atMs <= dueMs) end++
  return timeline.slice(next, end)
}

/** Raw bytes first, so that no record ever points at nothing; then all records, in order. */
async function forwardAll(
  items: readonly TimelineItem[],
  recording: Recording,
  ports: ReplayPorts,
  context: SourceContext,
): Promise<void> {
  const records = items.map((item) => toRecord(item, recording, ports))
  await Promise.all(records.map((record) => record.putRaw?.()))
  for (const { topic, key, value, timestampMs } of records) context.forward({ topic, key, value, timestampMs })
}

interface Outgoing {
  readonly topic: string
  readonly key: string
  readonly value: unknown
  readonly timestampMs: number
  readonly putRaw?: () => Promise<void>
}

function toRecord(item: TimelineItem, recording: Recording, ports: ReplayPorts): Outgoing {
  const timestampMs = item.atMs
  if (item.kind === 'bar') return { topic: 'market.bars', key: item.bar.symbol, value: item.bar, timestampMs }
  if (item.kind === 'document') return documentRecord(item.document, recording, ports)
  const company = { ...ports.companyOf(item.company), updated_at: timestampMs, simulated: recording.simulated }
  return { topic: 'registry.companies', key: company.company_id, value: company, timestampMs }
}

/** The recording's own `id` is the document's id: it was derived from source and content when the recording was made. */
function documentRecord(document: RecordedDocument, recording: Recording, ports: ReplayPorts): Outgoing {
  const bytes = Buffer.from(document.body)
  const value = rawDocumentOf(bytes, {
    documentId: document.id,
    sourceId: document.source,
    sourceType: document.source_type,
    url: document.url,
    title: document.title,
    contentType: document.content_type,
    publishedAt: document.published_at,
    receivedAt: document.received_at,
    symbols: document.symbols,
    simulated: recording.simulated,
  })
  const sidecar = {
    url: document.url ?? '',
    recording: recording.name,
    received_at: new Date(document.received_at).toISOString(),
    content_type: document.content_type,
  }
  return {
    topic: 'documents.raw',
    key: value.document_id,
    value,
    timestampMs: document.received_at,
    putRaw: () => ports.putRaw(value.object_key, bytes, sidecar),
  }
}
