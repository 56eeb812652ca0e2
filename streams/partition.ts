const M = 0x5bd1e995
const SEED = 0x9747b28c

/** MurmurHash2, 32 bits, seed and tail handling as in `org.apache.kafka.common.utils.Utils.murmur2`; a signed integer. */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length
  let hash = SEED ^ length
  const view = new DataView(bytes.buffer, bytes.byteOffset, length)
  const whole = length & ~3
  for (let i = 0; i < whole; i += 4) {
    let k = Math.imul(view.getInt32(i, true), M)
    k ^= k >>> 24
    hash = Math.imul(hash, M) ^ Math.imul(k, M)
  }
  const rest = length & 3
  if (rest === 3) hash ^= view.getUint8(whole + 2) << 16
  if (rest >= 2) hash ^= view.getUint8(whole + 1) << 8
  if (rest >= 1) hash = Math.imul(hash ^ view.getUint8(whole), M)
  hash ^= hash >>> 13
  hash = Math.imul(hash, M)
  return (hash ^ (hash >>> 15)) | 0
}

/** The partition of a key, as every Kafka client's default partitioner chooses it; writers in other languages agree. */
export function partitionOf(key: Uint8Array | string, partitions: number): number {
  if (partitions === 1) return 0
  const bytes = typeof key === 'string' ? Buffer.from(key) : key
  return (murmur2(bytes) & 0x7fffffff) % partitions
}
