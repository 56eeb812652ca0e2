/** Sixteen tables, so that sixteen bytes are taken in a step. Polynomial of Castagnoli, reflected. */
const TABLES = tables()
const WORDS_MIN_BYTES = 32

/** CRC-32C of a stretch of bytes, as an unsigned number. */
export function crc32c(bytes: Uint8Array, from: number, to: number): number {
  if (to - from < WORDS_MIN_BYTES) return ~byBytes(-1, bytes, from, to) >>> 0
  // Whole words are read at once, which needs them where words begin in memory.
  const begin = from + ((4 - ((bytes.byteOffset + from) & 3)) & 3)
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + begin, ((to - begin) >> 4) << 2)
  const crc = byWords(byBytes(-1, bytes, from, begin), words)
  return ~byBytes(crc, bytes, begin + 4 * words.length, to) >>> 0
}

/** Four words a step, little-endian as every machine that runs Node: a step waits for the one before, its look-ups do not. */
function byWords(before: number, words: Int32Array): number {
  const t = TABLES
  let crc = before
  for (let n = 0; n < words.length; n += 4) {
    const a = crc ^ (words[n] as number)
    const b = words[n + 1] as number
    const c = words[n + 2] as number
    const d = words[n + 3] as number
    crc =
      (t[3840 + (a & 0xff)] as number) ^
      (t[3584 + ((a >>> 8) & 0xff)] as number) ^
      (t[3328 + ((a >>> 16) & 0xff)] as number) ^
      (t[3072 + (a >>> 24)] as number) ^
      (t[2816 + (b & 0xff)] as number) ^
      (t[2560 + ((b >>> 8) & 0xff)] as number) ^
      (t[2304 + ((b >>> 16) & 0xff)] as number) ^
      (t[2048 + (b >>> 24)] as number) ^
      (t[1792 + (c & 0xff)] as number) ^
      (t[1536 + ((c >>> 8) & 0xff)] as number) ^
      (t[1280 + ((c >>> 16) & 0xff)] as number) ^
      (t[1024 + (c >>> 24)] as number) ^
      (t[768 + (d & 0xff)] as number) ^
      (t[512 + ((d >>> 8) & 0xff)] as number) ^
      (t[256 + ((d >>> 16) & 0xff)] as number) ^
      (t[d >>> 24] as number)
  }
  return crc
}

function byBytes(before: number, bytes: Uint8Array, from: number, to: number): number {
  let crc = before
  for (let at = from; at < to; at++) crc = (TABLES[(crc ^ (bytes[at] as number)) & 0xff] as number) ^ (crc >>> 8)
  return crc
}

function tables(): Int32Array {
  const all = new Int32Array(16 * 256)
  for (let n = 0; n < 256; n++) {
    let crc = n
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
    all[n] = crc
  }
  for (let table = 1; table < 16; table++) {
    for (let n = 0; n < 256; n++) {
      const before = all[(table - 1) * 256 + n] as number
      all[table * 256 + n] = (all[before & 0xff] as number) ^ (before >>> 8)
    }
  }
  return all
}
