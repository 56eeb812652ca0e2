const SKETCH_SIZE = 64
const WORD = /https?:\/\/\S+|[\p{L}\p{N}]+(?:[.,'’&-][\p{L}\p{N}]+)*/gu

/**
 * Bottom-k sketch: the 64 smallest signed 32-bit hashes of the text's word triples, lower-cased, numbers and addresses
 * kept. Texts under three words have one triple. Broder, On the resemblance and containment of documents, 1997.
 */
export function sketchOf(text: string): number[] {
  const hashes: number[] = []
  let [before, last, count] = [0, 0, 0]
  for (const word of text.toLowerCase().match(WORD) ?? []) {
    const hash = hashOf(word)
    count += 1
    if (count >= 3) hashes.push(mix(before, last, hash))
    before = last
    last = hash
  }
  if (count > 0 && count < 3) hashes.push(mix(0, before, last))
  return [...new Set(hashes)].sort((a, b) => a - b).slice(0, SKETCH_SIZE)
}

/** Estimated share of common word triples, 0 to 1; symmetric; 1 for equal sketches, 0 where one is empty. */
export function sketchSimilarity(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0) return 0
  const size = Math.min(SKETCH_SIZE, Math.max(a.length, b.length))
  let [i, j, seen, common] = [0, 0, 0, 0]
  while (seen < size && (i < a.length || j < b.length)) {
    const [x, y] = [a[i] ?? Number.POSITIVE_INFINITY, b[j] ?? Number.POSITIVE_INFINITY]
    if (x === y) common += 1
    if (x <= y) i += 1
    if (y <= x) j += 1
    seen += 1
  }
  return common / seen
}

function hashOf(word: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < word.length; i += 1) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193)
  return hash
}

function mix(a: number, b: number, c: number): number {
  let hash = Math.imul(a, 0x85ebca6b) ^ Math.imul((b << 13) | (b >>> 19), 0xc2b2ae35) ^ Math.imul(c, 0x27d4eb2f)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return (hash ^ (hash >>> 13)) | 0
}
