import fc from 'fast-check'
import { expect, test } from 'vitest'
import { requestsOf } from './producer.ts'

const output = fc.record({
  topic: fc.constantFrom('a', 'b'),
  partition: fc.nat(2),
  timestampMs: fc.constant(0),
  key: fc.constant(undefined),
  value: fc.nat(700_000).map((size) => new Uint8Array(size)),
  headers: fc.constant({}),
})

test('every output is in one request, in its order per partition, and no chunk is larger than a broker takes', () => {
  fc.assert(
    fc.property(fc.array(output, { maxLength: 40 }), (outputs) => {
      const requests = requestsOf(outputs)
      const sent = requests.flat().flatMap(({ indexes }) => indexes)
      expect([...sent].sort((a, b) => a - b)).toEqual(outputs.map((_, index) => index))
      for (const chunks of Map.groupBy(requests.flat(), ({ topic, partition }) => `${topic}-${partition}`).values()) {
        const order = chunks.flatMap(({ indexes }) => indexes)
        expect(order).toEqual([...order].sort((a, b) => a - b))
      }
      for (const request of requests) {
        expect(new Set(request.map(({ topic, partition }) => `${topic}-${partition}`)).size).toBe(request.length)
        for (const { bytes, indexes } of request) expect(indexes.length === 1 || bytes <= 900_000).toBe(true)
      }
    }),
    { numRuns: 30 },
  )
})
