/** Eight tables, so that eight bytes are taken in a step. Polynomial of Castagnoli, reflected. */
const TABLES = tables()

/** CRC-32C of a stretch of bytes, as an unsigned number. */
export function crc32c(bytes: Uint8Array, from: number, to: number): number {
  const t = TABLES
  let crc = -1
  let at = from
  for (; at + 8 <= to; at += 8) {
    const low =
      crc ^
      ((bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24))
    crc =
      (t[1792 + (low & 0xff)] as number) ^
      (t[1536 + ((low >>> 8) & 0xff)] as number) ^
      (t[1280 + ((low >>> 16) & 0xff)] as number) ^
      (t[1024 + (low >>> 24)] as number) ^
      (t[768 + (bytes[at + 4] as number)] as number) ^
      (t[512 + (bytes[at + 5] as number)] as number) ^
      (t[256 + (bytes[at + 6] as number)] as number) ^
      (t[bytes[at + 7] as number] as number)
  }
  for (; at < to; at++) crc = (t[(crc ^ (bytes[at] as number)) & 0xff] as number) ^ (crc >>> 8)
  return ~crc >>> 0
}

function tables(): Int32Array {
  const all = new Int32Array(8 * 256)
  for (let n = 0; n < 256; n++) {
    let crc = n
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
    all[n] = crc
  }
  for (let table = 1; table < 8; table++) {
    for (let n = 0; n < 256; n++) {
      const before = all[(table - 1) * 256 + n] as number
      all[table * 256 + n] = (all[before & 0xff] as number) ^ (before >>> 8)
    }
  }
  return all
}
