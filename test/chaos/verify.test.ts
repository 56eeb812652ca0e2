import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LogRecord } from '../../streams/index.ts'
import { addTo, KEYS, PARTITIONS, type Total } from './graph.ts'
import { type Outcome, violationsOf } from './verify.ts'

const record = (topic: string, number: number, content: unknown): LogRecord => ({
  topic,
  partition: (number % KEYS) % PARTITIONS,
  offset: BigInt(number),
  timestampMs: number,
  key: Buffer.from(`k${number % KEYS}`),
  value: Buffer.from(JSON.stringify(content)),
  headers: {},
})

/** What a run without a fault ends with. */
function outcomeOf(count: number): { -readonly [Topic in keyof Outcome]: LogRecord[] } {
  const totals = new Map<number, Total>()
  const numbers = Array.from({ length: count }, (_, number) => number)
  return {
    numbers: numbers.map((number) => record('numbers', number, number)),
    copies: numbers.map((number) => record('copies', number, number)),
    totals: numbers.map((number) => {
      const total = addTo(totals.get(number % KEYS), number)
      totals.set(number % KEYS, total)
      return record('totals', number, total)
    }),
  }
}

const COUNT = 200
const place = fc.nat(COUNT - 1)
const topic = fc.constantFrom('copies' as const, 'totals' as const)

test('a run in which nothing went wrong has no violations', () => {
  expect(violationsOf(outcomeOf(COUNT))).toEqual([])
})

test('a record that is lost, doubled or changed is noticed, wherever it is', () => {
  fc.assert(
    fc.property(topic, place, fc.constantFrom('lost', 'doubled', 'changed'), (name, at, how) => {
      const outcome = outcomeOf(COUNT)
      const records = outcome[name]
      const found = records[at] as LogRecord
      const changed = { ...found, value: Buffer.from('{"count":-1}') }
      if (how === 'lost') records.splice(at, 1)
      else if (how === 'doubled') records.splice(at, 0, found)
      else records[at] = changed
      expect(violationsOf(outcome)).not.toEqual([])
    }),
  )
})

test('two records of a key in the wrong order are noticed', () => {
  fc.assert(
    fc.property(topic, fc.nat(COUNT - KEYS - 1), (name, at) => {
      const outcome = outcomeOf(COUNT)
      const records = outcome[name]
      ;[records[at], records[at + KEYS]] = [records[at + KEYS] as LogRecord, records[at] as LogRecord]
      expect(violationsOf(outcome)).not.toEqual([])
    }),
  )
})
