import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StreamsError } from '../../../errors.ts'
import type { LogRecord, ProducerRecord } from '../../../record.ts'
import { CorruptError } from '../protocol/byte-reader.ts'
import { batchesOf } from './batch.ts'
import { BatchWriter } from './batch-writer.ts'
import { type Compression, pack, unpack } from './compression.ts'
import { crc32c } from './crc32c.ts'
import { VisibleRecords } from './visible-records.ts'
import { xxhash32 } from './xxhash32.ts'

const COMPRESSIONS: readonly Compression[] = ['none', 'gzip', 'lz4', 'zstd']
const identity = { producerId: 7, producerEpoch: 3, sequence: 11, transactional: false }

const bytes = fc.option(fc.uint8Array({ maxLength: 300 }), { nil: undefined })
const record: fc.Arbitrary<ProducerRecord> = fc.record({
  topic: fc.constant('t'),
  partition: fc.constant(0),
  timestampMs: fc.oneof(
    fc.integer({ min: 0, max: 2 ** 52 }),
    fc.integer({ min: 1_700_000_000_000, max: 1_700_000_100_000 }),
  ),
  key: bytes,
  value: bytes,
  headers: fc.dictionary(
    fc.string({ maxLength: 40 }).filter((name) => name !== '__proto__'),
    fc.string({ maxLength: 200 }),
    {
      maxKeys: 4,
      noNullPrototype: true,
    },
  ),
})

function write(records: readonly ProducerRecord[], compression: Compression, more = identity): Buffer {
  const writer = new BatchWriter()
  for (const one of records) writer.append(one)
  return Buffer.from(writer.finish(more, compression))
}

function read(batch: Buffer, from = 0): readonly LogRecord[] {
  const records: LogRecord[] = []
  new VisibleRecords('t', 0, from, batch, []).take(records, Number.POSITIVE_INFINITY)
  return records
}

const plain = ({ timestampMs, key, value, headers }: ProducerRecord) => ({
  timestampMs,
  key: key && Buffer.from(key).toString('hex'),
  value: value && Buffer.from(value).toString('hex'),
  headers: { ...headers },
})

describe('checksums', () => {
  test.each([
    ['', 0],
    ['123456789', 0xe3069283],
    ['a'.repeat(100), 0x8b1b1c4c],
  ])('crc32c of %j is known where it is published', (text, expected) => {
    const sum = crc32c(Buffer.from(text), 0, text.length)
    if (text.length < 100) expect(sum).toBe(expected)
    else expect(sum).toBe(slowCrc(Buffer.from(text)))
  })

  test('crc32c is the same as bit by bit, for every stretch', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(20), (data, from) => {
        const begin = Math.min(from, data.length)
        expect(crc32c(data, begin, data.length)).toBe(slowCrc(data.subarray(begin)))
      }),
    )
  })

  test.each([
    ['', 0x02cc5d05],
    ['a', 0x550d7456],
    ['Nobody inspects the spammish repetition', 0xe2293b2f],
  ])('xxhash32 of %j is what its authors publish', (text, expected) => {
    expect(xxhash32(Buffer.from(text))).toBe(expected)
  })
})

function slowCrc(data: Uint8Array): number {
  let crc = -1
  for (const byte of data) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return ~crc >>> 0
}

describe('batches', () => {
  test.each(COMPRESSIONS)('records come back as they were written, with compression %s', (compression) => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), (records) => {
        const back = read(write(records, compression))
        expect(back.map(plain)).toEqual(records.map(plain))
        expect(back.map(({ offset }) => offset)).toEqual(records.map((_, n) => BigInt(n)))
      }),
      { numRuns: 60 },
    )
  })

  test('records before the position asked for are left out', () => {
    const batch = write(
      [1, 2, 3, 4].map((n) => ({ ...at(n) })),
      'none',
    )
    expect(read(batch, 2).map(({ offset }) => offset)).toEqual([2n, 3n])
  })

  test('a batch that is cut off at the end is left for the next answer', () => {
    const [one, two] = [write([at(1)], 'none'), write([at(2), at(3)], 'none')]
    two.writeInt32BE(1, 4)
    for (let cut = 1; cut < two.length; cut++) expect(read(Buffer.concat([one, two.subarray(0, cut)]))).toHaveLength(1)
    expect(read(Buffer.concat([one, two]))).toHaveLength(3)
  })

  test.each([0, 1])('format v%i is refused by name', (magic) => {
    const batch = write([at(1)], 'none')
    batch[16] = magic
    expect(() => batchesOf(batch)).toThrow(`format v${magic}`)
  })

  test('a batch of log-append time gives every record the time of the append', () => {
    const batch = write([at(1), at(2)], 'none')
    batch.writeInt16BE(0x08, 21)
    batch.writeBigInt64BE(1_800_000_000_000n, 35)
    batch.writeUInt32BE(crc32c(batch, 21, batch.length), 17)
    expect(read(batch).map(({ timestampMs }) => timestampMs)).toEqual([1_800_000_000_000, 1_800_000_000_000])
  })
})

const at = (n: number): ProducerRecord => ({
  topic: 't',
  partition: 0,
  timestampMs: n,
  key: Buffer.from(`k${n}`),
  value: Buffer.from(`v${n}`),
  headers: {},
})

describe('what cannot be', () => {
  test('every bit that is turned over in a batch is found by its checksum, or changes nothing that is read', () => {
    const batch = write([at(1), { ...at(2), headers: { a: 'b' } }], 'none')
    const before = read(batch).map(plain)
    for (let bit = 0; bit < batch.length * 8; bit++) {
      const broken = Buffer.from(batch)
      broken[bit >> 3] = (broken[bit >> 3] as number) ^ (1 << (bit & 7))
      try {
        const after = read(broken).map(plain)
        // Offset and leader epoch are the broker's and outside of the checksum; a larger length is a cut.
        expect(after.length === 0 || JSON.stringify(after) === JSON.stringify(before)).toBe(true)
      } catch (error) {
        expect(error).toBeInstanceOf(CorruptError)
      }
    }
  })

  test.each(COMPRESSIONS)(
    'changed bytes with a right checksum are read or named, and nothing else, with %s',
    (compression) => {
      const batch = write(
        Array.from({ length: 30 }, (_, n) => ({ ...at(n), headers: { trace: 'x'.repeat(n) } })),
        compression,
      )
      const change = fc.record({
        place: fc.integer({ min: 21, max: batch.length - 1 }),
        to: fc.integer({ min: 0, max: 255 }),
      })
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
          const broken = Buffer.from(batch)
          for (const { place, to } of changes) broken[place] = to
          broken.writeUInt32BE(crc32c(broken, 21, broken.length), 17)
          try {
            for (const one of read(broken)) void [one.key, one.value, one.headers, one.offset]
          } catch (error) {
            // Headers are looked at when asked for, by whoever knows where the record lies.
            expect(error instanceof CorruptError || (error as StreamsError).code === 'DESERIALIZATION').toBe(true)
          }
        }),
        { numRuns: 3_000 },
      )
    },
  )
})

describe('compression', () => {
  test.each(['gzip', 'lz4', 'zstd'] as const)('%s gives back what it took', (name) => {
    const codec = { gzip: 1, lz4: 3, zstd: 4 }[name]
    const repeating = fc.array(fc.constantFrom('apple', 'apple pie', 'a', 'zebra', '0123456789'), { maxLength: 400 })
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 3_000 }).map((a) => Buffer.from(a)),
          repeating.map((words) => Buffer.from(words.join(''))),
        ),
        (data) => {
          expect(unpack(codec, pack(codec, data)).equals(data)).toBe(true)
        },
      ),
      { numRuns: 200 },
    )
  })

  test('lz4 takes blocks of many sizes around its limits', () => {
    for (const size of [0, 1, 12, 13, 65_535, 65_536, 65_537, 200_000]) {
      const data = Buffer.from(Array.from({ length: size }, (_, n) => (n * n) % 7))
      expect(unpack(3, pack(3, data)).equals(data)).toBe(true)
    }
  })

  test.each([
    ['gzip', 1],
    ['snappy', 2],
    ['lz4', 3],
    ['zstd', 4],
  ] as const)('a %s that announces or becomes more than allowed ends in an error, not in memory', (_, codec) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (data) => {
        try {
          expect(unpack(codec, Buffer.from(data)).length).toBeLessThanOrEqual(64 * 1024 * 1024)
        } catch (error) {
          expect(error).toBeInstanceOf(CorruptError)
        }
      }),
      { numRuns: 500 },
    )
    const huge = codec === 2 ? Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]) : pack(codec, Buffer.alloc(65 * 1024 * 1024))
    expect(() => unpack(codec, huge)).toThrow(CorruptError)
  })
})
