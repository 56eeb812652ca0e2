import { expect, test } from 'vitest'
import { murmur2, partitionOf } from './partition.ts'

test('murmur2 gives the values of the Java client', () => {
  const known: Record<string, number> = {
    '21': -973932308,
    foobar: -790332482,
    'a-little-bit-long-string': -985981536,
    'a-little-bit-longer-string': -1486304829,
    lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
    abc: 479470107,
  }
  for (const [key, hash] of Object.entries(known)) expect(murmur2(Buffer.from(key)), key).toBe(hash)
})

test('a key has one partition, within the count', () => {
  expect(partitionOf('foobar', 1)).toBe(0)
  expect(partitionOf('foobar', 6)).toBe((-790332482 & 0x7fffffff) % 6)
})
