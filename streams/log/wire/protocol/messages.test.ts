import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Api } from './api.ts'
import { ByteReader, CorruptError } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import * as cluster from './cluster-messages.ts'
import * as group from './group-messages.ts'
import * as records from './record-messages.ts'
import * as transaction from './transaction-messages.ts'
import {
  array,
  bytes,
  int8,
  int16,
  int32,
  int64,
  nullableBytes,
  nullableString,
  string,
  struct,
  type Type,
} from './types.ts'

function encode<T>(type: Type<T>, value: T): Buffer {
  const writer = new ByteWriter()
  type.write(writer, value)
  const all = Buffer.concat(writer.chunks())
  expect(writer.length).toBe(all.length)
  return all
}

describe('fields', () => {
  const everything = struct({
    a: int8,
    b: int16,
    c: int32,
    d: int64,
    e: string,
    f: nullableString,
    g: bytes,
    h: nullableBytes,
    i: array(struct({ name: string, numbers: array(int64) })),
  })
  const value = fc.record({
    a: fc.integer({ min: -128, max: 127 }),
    b: fc.integer({ min: -32_768, max: 32_767 }),
    c: fc.integer(),
    d: fc.maxSafeInteger(),
    e: fc.string({ unit: 'grapheme' }),
    f: fc.option(fc.string()),
    g: fc.uint8Array({ maxLength: 6_000, size: 'max' }).map((a) => Buffer.from(a)),
    h: fc.option(fc.uint8Array().map((a) => Buffer.from(a))),
    i: fc.array(fc.record({ name: fc.string(), numbers: fc.array(fc.maxSafeInteger()) })),
  })

  test('come back as they were written', () => {
    fc.assert(
      fc.property(value, (one) => {
        const written = encode(everything, one)
        const reader = new ByteReader(written)
        expect(everything.read(reader)).toEqual(one)
        expect(reader.left).toBe(0)
      }),
      { numRuns: 100 },
    )
  })

  test('tags that nobody knows are passed over, known ones are read', () => {
    const type = struct({ a: int8 }, { known: { tag: 1, type: string } })
    const written = Buffer.from([7, 3, 0, 2, 9, 9, 1, 3, 3, 0x6f, 0x6b, 5, 0])
    written[8] = 3
    const reader = new ByteReader(written)
    expect(type.read(reader)).toEqual({ a: 7, known: 'ok' })
    expect(reader.left).toBe(0)
  })

  test('a number beyond 2^53 is corrupt, not rounded', () => {
    const beyond = Buffer.from('0020000000000001', 'hex')
    expect(() => int64.read(new ByteReader(beyond))).toThrow(CorruptError)
    expect(int64.read(new ByteReader(Buffer.from('001fffffffffffff', 'hex')))).toBe(Number.MAX_SAFE_INTEGER)
    expect(int64.read(new ByteReader(Buffer.from('ffffffffffffffff', 'hex')))).toBe(-1)
  })
})

const exported: readonly unknown[] = Object.values({ ...cluster, ...group, ...records, ...transaction })
const apis = exported.filter(
  (one): one is Api<never, unknown> => typeof one === 'object' && one !== null && 'response' in one,
)

describe('answers that cannot be', () => {
  test('every message of ours is here', () => {
    expect(apis.length).toBeGreaterThanOrEqual(20)
  })

  test.each(apis.map((api) => [`${api.name} v${api.version}`, api] as const))(
    '%s: any bytes end in a value or a named error',
    (_, api) => {
      const announcing = fc.tuple(
        fc.uint8Array({ maxLength: 30 }),
        fc.constantFrom([0xff, 0xff, 0xff, 0xff, 0x0f], [0x7f], [0x80]),
        fc.uint8Array({ maxLength: 30 }),
      )
      const some = fc.oneof(
        fc.uint8Array({ maxLength: 400 }),
        // Zeros make lengths small, so that more of a layout is reached.
        fc.array(fc.constantFrom(0, 0, 0, 1, 2, 3, 255), { maxLength: 400 }),
        announcing.map(([a, b, c]) => [...a, ...b, ...c]),
      )
      fc.assert(
        fc.property(some, (data) => {
          try {
            api.response.read(new ByteReader(Buffer.from(data)))
          } catch (error) {
            expect(error).toBeInstanceOf(CorruptError)
          }
        }),
        { numRuns: 2_000 },
      )
    },
  )

  test('a Fetch answer cut anywhere, or with any byte changed, ends in a value or a named error', () => {
    const answer = {
      throttleTimeMs: 0,
      errorCode: 0,
      sessionId: 0,
      topics: [1, 2].map((n) => ({
        topicId: `${n}`.repeat(32),
        partitions: [0, 1].map((partition) => ({
          partition,
          errorCode: 0,
          highWatermark: 100,
          lastStableOffset: 90,
          logStartOffset: 0,
          abortedTransactions: [{ producerId: 7, firstOffset: 5 }],
          preferredReadReplica: -1,
          records: Buffer.alloc(50, n),
        })),
      })),
    }
    const whole = encode(records.FETCH.response, answer)
    expect(records.FETCH.response.read(new ByteReader(whole))).toEqual(answer)
    const tryRead = (data: Buffer): void => {
      try {
        records.FETCH.response.read(new ByteReader(data))
      } catch (error) {
        expect(error).toBeInstanceOf(CorruptError)
      }
    }
    for (let at = 0; at < whole.length; at++) {
      expect(() => records.FETCH.response.read(new ByteReader(whole.subarray(0, at)))).toThrow(CorruptError)
      for (const to of [0, 1, 0x7f, 0x80, 0xff]) {
        const broken = Buffer.from(whole)
        broken[at] = to
        tryRead(broken)
      }
    }
  })
})
