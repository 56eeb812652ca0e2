import { expect, test } from 'vitest'
import { javaHashOf } from './offsets-partition.ts'

test.each([
  ['', 0],
  ['a', 97],
  ['hello', 99_162_322],
  // Its hash is the least of all ints: the one of which Java's abs is negative.
  ['polygenelubricants', 0],
])('a group %j is placed as brokers place it', (group, hash) => {
  expect(javaHashOf(group)).toBe(hash)
})
