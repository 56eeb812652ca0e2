import { expect, test } from 'vitest'
import { javaHashOf } from './offsets-partition.ts'

test.each([
  ['', 0],
  ['a', 97],
  ['hello', 99_162_322],
  // -1,354,716,193 in Java: the sign is dropped, not masked away.
  ['copy-7', 1_354_716_193],
  // Its hash is the least of all ints: the one of which Java's abs is negative.
  ['polygenelubricants', 0],
])('a group %j is placed as brokers place it', (group, hash) => {
  expect(javaHashOf(group)).toBe(hash)
})
