import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import type { Company, RawDocument } from '../../schemas/index.ts'
import { sha256Hex } from '../../schemas/index.ts'
import type { OutputRecord, SourceContext } from '../../streams/index.ts'
import { sessionOf } from './new-york-time.ts'
import { openRecording } from './open-recording.ts'
import { parseSpeed, replaySource } from './replay-source.ts'

const folder = mkdtempSync(join(tmpdir(), 'recording-'))
afterAll(() => rmSync(folder, { recursive: true }))

const doc = (id: string, receivedAt: string, body = `body of ${id}`): object => ({
  id,
  source: 'microblog',
  source_type: 'social',
  url: `https://x.example/${id}`,
  title: null,
  body,
  content_type: 'text/plain',
  published_at: receivedAt,
  received_at: receivedAt,
  symbols: ['AAPL'],
})
const bar = (date: string): object => ({
  symbol: 'AAPL',
  timespan: '1d',
  date,
  open: '1.1',
  high: '2',
  low: '1',
  close: '1.5',
  adjusted_close: '1.4',
  volume: '100',
})
const lines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('')

function write(documents: readonly object[], bars: readonly object[], gz = false): string {
  const at = mkdtempSync(join(folder, 'r-'))
  writeFileSync(join(at, 'recording.json'), JSON.stringify({ name: 'small', from: '2015-03-06', to: '2015-03-10' }))
  writeFileSync(join(at, 'companies.csv'), 'symbol,name,sector\r\nAAPL,"Apple, ""the"" Inc.",Tech\r\n')
  if (gz) writeFileSync(join(at, 'documents.jsonl.gz'), gzipSync(lines(documents)))
  else writeFileSync(join(at, 'documents.jsonl'), lines(documents))
  writeFileSync(join(at, 'bars.jsonl'), lines(bars))
  return at
}

const DOCS = [doc('a', '2015-03-06T20:00:00Z'), doc('b', '2015-03-06T21:00:00Z'), doc('c', '2015-03-09T20:30:00Z')]
const BARS = [bar('2015-03-05'), bar('2015-03-06'), bar('2015-03-09')]

function harness(at: string, options: { speed?: string; nowMs?: () => number; positions?: Map<string, unknown> } = {}) {
  const forwarded: OutputRecord[] = []
  const objects = new Map<string, Uint8Array>()
  const positions = options.positions ?? new Map<string, unknown>()
  const context = {
    forward: (record: OutputRecord) => forwarded.push(record),
    watermark: () => {},
    store: () => ({ get: (k: string) => positions.get(k), put: (k: string, v: unknown) => positions.set(k, v) }),
  } as unknown as SourceContext
  const source = replaySource.create(
    { recording: at, speed: options.speed ?? 'max' },
    {
      loadRecording: async (folder) => openRecording(folder),
      putRaw: async (key, bytes) => void objects.set(key, bytes),
      companyOf: (row) => ({ company_id: row.symbol, name: row.name }) as Company,
      clock: { now: options.nowMs ?? (() => 0), sleep: async () => {} },
    },
  )
  return { source, context, forwarded, objects, positions }
}
const iso = (ms: number | undefined): string => new Date(ms ?? Number.NaN).toISOString()

test('a session is 09:30 to 16:00 in New York on both sides of the change of clocks', () => {
  expect(iso(sessionOf('2015-03-06').closeMs)).toBe('2015-03-06T21:00:00.000Z')
  expect(iso(sessionOf('2015-03-09').closeMs)).toBe('2015-03-09T20:00:00.000Z')
  expect(iso(sessionOf('2015-03-09').openMs)).toBe('2015-03-09T13:30:00.000Z')
  expect(iso(sessionOf('2014-10-31').closeMs)).toBe('2014-10-31T20:00:00.000Z')
  expect(iso(sessionOf('2014-11-03').closeMs)).toBe('2014-11-03T21:00:00.000Z')
})

describe('a replay', () => {
  test('tells companies first, then bars and documents as they became known', async () => {
    const { source, context, forwarded } = harness(write(DOCS, BARS, true))
    await source.init?.(context)
    expect(await source.poll(context)).toBe('done')
    expect(forwarded.map((r) => [r.topic, iso(r.timestampMs).slice(0, 16)])).toEqual([
      ['registry.companies', '2015-03-05T14:30'],
      ['market.bars', '2015-03-05T21:00'],
      ['documents.raw', '2015-03-06T20:00'],
      ['market.bars', '2015-03-06T21:00'],
      ['documents.raw', '2015-03-06T21:00'],
      ['market.bars', '2015-03-09T20:00'],
      ['documents.raw', '2015-03-09T20:30'],
    ])
    expect(forwarded[0]?.value).toMatchObject({ name: 'Apple, "the" Inc.' })
  })

  test('puts raw bytes under their hash before it forwards the record', async () => {
    const { source, context, forwarded, objects } = harness(
      write([doc('big', '2015-03-06T20:00:00Z', 'x'.repeat(70_000)), ...DOCS.slice(1)], BARS),
    )
    await source.init?.(context)
    await source.poll(context)
    const values = forwarded.filter((r) => r.topic === 'documents.raw').map((r) => r.value as RawDocument)
    for (const value of values) expect(sha256Hex(objects.get(value.object_key) as Uint8Array)).toBe(value.sha256)
    expect(values.map((v) => [v.document_id, v.body])).toEqual([
      ['big', null],
      ['b', 'body of b'],
      ['c', 'body of c'],
    ])
  })

  test('goes as fast as its speed says, history at once, and keeps the recorded times', async () => {
    let now = 1_000_000
    const { source, context, forwarded } = harness(write(DOCS, BARS), { speed: '3600', nowMs: () => now })
    await source.init?.(context)
    expect(await source.poll(context)).toBe('more')
    expect(forwarded.map((r) => r.topic)).toEqual(['registry.companies', 'market.bars'])
    expect(await source.poll(context)).toBe('idle')
    now += 20_000
    expect(await source.poll(context)).toBe('more')
    expect(forwarded.at(-1)?.timestampMs).toBe(Date.parse('2015-03-06T20:00:00Z'))
  })

  test('continues after the committed batch', async () => {
    const at = write(DOCS, BARS)
    const positions = new Map<string, unknown>([['small', { next: 5 }]])
    const { source, context, forwarded } = harness(at, { positions })
    await source.init?.(context)
    expect(await source.poll(context)).toBe('done')
    expect(forwarded.length).toBe(2)
    expect(await source.poll(context)).toBe('done')
    expect(forwarded.length).toBe(2)
  })

  test('a speed that is no number is refused in words', () => {
    expect(parseSpeed('max')).toBe(Number.POSITIVE_INFINITY)
    expect(parseSpeed('60x')).toBe(60)
    expect(() => parseSpeed('fast')).toThrow(/expected a number above 0, or max/)
  })
})

describe('a recording is checked before anything runs', () => {
  const wrong: readonly (readonly [string, object[], object[], RegExp])[] = [
    ['documents out of order', [DOCS[1]!, DOCS[0]!], BARS, /documents\.jsonl:2: .*sort the file by received_at/],
    ['bars out of order', DOCS, [BARS[1]!, BARS[0]!], /bars\.jsonl:2: .*sort the file/],
    ['an id given twice', [DOCS[0]!, DOCS[0]!], BARS, /documents\.jsonl:2: id a was given to an earlier line/],
    [
      'a price that is a number',
      DOCS,
      [{ ...BARS[0], open: 1.1 }],
      /bars\.jsonl:1: open is 1\.1, expected decimal digits in a string/,
    ],
    [
      'an instant without zone',
      [{ ...DOCS[0], received_at: '2015-03-06' }],
      BARS,
      /documents\.jsonl:1: received_at .*expected an ISO 8601 instant/,
    ],
    ['a date that is none', DOCS, [bar('2015-13-41')], /bars\.jsonl:1: not a date/],
  ]
  test.each(wrong)('%s', (_what, documents, bars, message) => {
    expect(() => openRecording(write(documents, bars))).toThrow(message)
  })

  test('a missing file is named with what a recording holds', () => {
    expect(() => openRecording(folder)).toThrow(/recording\.json: missing\. A recording is a folder with/)
  })
})

const shared = join(process.env['STONKS_SHARED'] ?? '../shared', 'data/recordings/stocknet-2015q3')
test.skipIf(!existsSync(shared))('a quarter of real posts and prices opens whole', () => {
  const recording = openRecording(shared)
  expect([recording.companies.length, recording.documents.length, recording.bars.length]).toEqual([89, 12_439, 16_544])
})
