import { CorruptError } from '../protocol/byte-reader.ts'

/** What Java writes before its blocks: a name, two version numbers. */
const JAVA_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const JAVA_HEADER_BYTES = 16

/** Undoes snappy, as one block or as Java's sequence of blocks. @throws CorruptError */
export function unsnappy(bytes: Buffer, bytesMax: number): Buffer {
  if (!bytes.subarray(0, JAVA_MAGIC.length).equals(JAVA_MAGIC)) return unsnapBlock(bytes, bytesMax)
  const blocks: Buffer[] = []
  let left = bytesMax
  for (let at = JAVA_HEADER_BYTES; at < bytes.length; ) {
    if (at + 4 > bytes.length) throw new CorruptError('snappy: a block without its length')
    const length = bytes.readUInt32BE(at)
    if (at + 4 + length > bytes.length) throw new CorruptError('snappy: a block longer than what is there')
    const block = unsnapBlock(bytes.subarray(at + 4, at + 4 + length), left)
    blocks.push(block)
    left -= block.length
    at += 4 + length
  }
  return Buffer.concat(blocks)
}

function unsnapBlock(from: Buffer, bytesMax: number): Buffer {
  const { length, at: begin } = plainLength(from)
  if (length > bytesMax) throw new CorruptError(`snappy: ${length} bytes announced, ${bytesMax} allowed`)
  const to = Buffer.allocUnsafe(length)
  let at = begin
  let filled = 0
  while (at < from.length) {
    const tag = from[at++] as number
    if ((tag & 3) === 0) {
      const extra = Math.max(0, (tag >>> 2) - 59)
      const count = (extra === 0 ? tag >>> 2 : little(from, at, extra)) + 1
      at += extra
      if (at + count > from.length || filled + count > length) throw new CorruptError('snappy: a literal too long')
      from.copy(to, filled, at, at + count)
      at += count
      filled += count
      continue
    }
    const wide = (tag & 3) === 1 ? 1 : (tag & 3) === 2 ? 2 : 4
    const count = wide === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1
    const distance = wide === 1 ? ((tag >>> 5) << 8) | little(from, at, 1) : little(from, at, wide)
    at += wide
    if (distance === 0 || distance > filled || filled + count > length) throw new CorruptError('snappy: a copy too far')
    // Byte by byte: a copy may overlap what it makes.
    for (const end = filled + count; filled < end; filled++) to[filled] = to[filled - distance] as number
  }
  if (filled !== length) throw new CorruptError(`snappy: ${filled} bytes where ${length} were announced`)
  return to
}

function plainLength(from: Buffer): { readonly length: number; readonly at: number } {
  let length = 0
  for (let at = 0; at < 5 && at < from.length; at++) {
    const byte = from[at] as number
    length += (byte & 0x7f) * 2 ** (7 * at)
    if (byte < 0x80) return { length, at: at + 1 }
  }
  throw new CorruptError('snappy: no length')
}

function little(from: Buffer, at: number, width: number): number {
  if (at + width > from.length) throw new CorruptError('snappy: cut short')
  return from.readUIntLE(at, width)
}
