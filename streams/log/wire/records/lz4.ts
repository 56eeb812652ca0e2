import { CorruptError } from '../protocol/byte-reader.ts'
import { xxhash32 } from './xxhash32.ts'

const MAGIC = 0x184d2204
const BLOCK_BYTES = 64 * 1024
/** Version 1, blocks independent of each other; blocks of 64 KiB at most. */
const FLAGS = 0x60
const DESCRIPTOR = 0x40
const RAW_BLOCK = 0x8000_0000
const HASH_BITS = 13
/** The format's own rules: a match has 4 bytes at least, none begins in the last 12, the last 5 are literals. */
const MATCH_MIN = 4
const MATCH_LIMIT = 12
const LAST_LITERALS = 5

/** Undoes an LZ4 frame. @throws CorruptError */
export function unlz4(bytes: Buffer, bytesMax: number): Buffer {
  let at = afterHeader(bytes)
  const { blockBytes, blockSums } = frameOf(bytes)
  const to = new Growing(bytesMax)
  for (;;) {
    if (at + 4 > bytes.length) throw new CorruptError('lz4: a frame without its end')
    const word = bytes.readUInt32LE(at)
    at += 4
    if (word === 0) return to.bytes()
    const length = word & ~RAW_BLOCK
    if (at + length > bytes.length) throw new CorruptError('lz4: a block longer than what is there')
    const block = bytes.subarray(at, at + length)
    if (word >= RAW_BLOCK) to.append(block)
    else unlz4Block(block, to, blockBytes)
    at += length + (blockSums ? 4 : 0)
  }
}

function frameOf(bytes: Buffer): { readonly blockBytes: number; readonly blockSums: boolean } {
  const [flags = 0, descriptor = 0] = bytes.subarray(4, 6)
  return { blockBytes: 1 << (8 + 2 * ((descriptor >>> 4) & 7)), blockSums: (flags & 0x10) !== 0 }
}

function afterHeader(bytes: Buffer): number {
  if (bytes.length < 7 || bytes.readUInt32LE(0) !== MAGIC) throw new CorruptError('lz4: not a frame')
  const [flags = 0, descriptor = 0] = bytes.subarray(4, 6)
  if (flags >>> 6 !== 1) throw new CorruptError(`lz4: frame version ${flags >>> 6}`)
  if (((descriptor >>> 4) & 7) < 4) throw new CorruptError('lz4: a block size that does not exist')
  return 7 + (flags & 0x08 ? 8 : 0) + (flags & 0x01 ? 4 : 0)
}

/** Output of unknown size: it grows, up to a limit. */
class Growing {
  buffer = Buffer.allocUnsafe(BLOCK_BYTES)
  length = 0
  readonly #bytesMax: number

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  room(more: number): Buffer {
    const wanted = this.length + more
    if (wanted > this.#bytesMax) throw new CorruptError(`lz4: more than the ${this.#bytesMax} bytes allowed`)
    if (wanted > this.buffer.length) {
      const larger = Buffer.allocUnsafe(Math.min(this.#bytesMax, Math.max(wanted, 2 * this.buffer.length)))
      this.buffer.copy(larger, 0, 0, this.length)
      this.buffer = larger
    }
    return this.buffer
  }

  append(bytes: Buffer): void {
    bytes.copy(this.room(bytes.length), this.length)
    this.length += bytes.length
  }

  bytes(): Buffer {
    return this.buffer.subarray(0, this.length)
  }
}

function unlz4Block(from: Buffer, out: Growing, blockBytes: number): void {
  const begin = out.length
  let at = 0
  const more = (nibble: number): number => {
    let length = nibble
    if (nibble !== 15) return length
    for (;;) {
      const byte = from[at++]
      if (byte === undefined) throw new CorruptError('lz4: cut short in a length')
      length += byte
      if (byte !== 255) return length
    }
  }
  while (at < from.length) {
    const token = from[at++] as number
    const literals = more(token >>> 4)
    if (at + literals > from.length) throw new CorruptError('lz4: literals longer than the block')
    from.copy(out.room(literals), out.length, at, at + literals)
    at += literals
    out.length += literals
    if (at === from.length) break
    if (at + 2 > from.length) throw new CorruptError('lz4: cut short in a distance')
    const distance = from.readUInt16LE(at)
    at += 2
    const count = more(token & 15) + MATCH_MIN
    if (distance === 0 || distance > out.length) throw new CorruptError('lz4: a distance too far')
    if (out.length - begin + count > blockBytes) throw new CorruptError('lz4: a block larger than announced')
    const to = out.room(count)
    // Byte by byte: a match may overlap what it makes.
    for (const end = out.length + count; out.length < end; out.length++)
      to[out.length] = to[out.length - distance] as number
  }
}

/** An LZ4 frame of independent blocks, as brokers and all clients read it. */
export function lz4(bytes: Buffer): Buffer {
  const header = Buffer.alloc(7)
  header.writeUInt32LE(MAGIC, 0)
  header[4] = FLAGS
  header[5] = DESCRIPTOR
  header[6] = (xxhash32(header.subarray(4, 6)) >>> 8) & 0xff
  const parts: Buffer[] = [header]
  const table = new Int32Array(1 << HASH_BITS)
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const plain = bytes.subarray(at, at + BLOCK_BYTES)
    const packed = lz4Block(plain, table)
    const head = Buffer.allocUnsafe(4)
    head.writeUInt32LE(packed === undefined ? (plain.length | RAW_BLOCK) >>> 0 : packed.length, 0)
    parts.push(head, packed ?? plain)
  }
  parts.push(Buffer.alloc(4))
  return Buffer.concat(parts)
}

/** Undefined where it would not become smaller. */
function lz4Block(from: Buffer, table: Int32Array): Buffer | undefined {
  const to = Buffer.allocUnsafe(from.length)
  table.fill(-1)
  let written = 0
  let anchor = 0
  const emit = (literals: number, distance: number, match: number): boolean => {
    if (written + literals + Math.floor(literals / 255) + Math.floor(match / 255) + 8 > to.length) return false
    const rest = match - MATCH_MIN
    to[written++] = (Math.min(literals, 15) << 4) | (match === 0 ? 0 : Math.min(rest, 15))
    written = writeMore(to, written, literals)
    from.copy(to, written, anchor, anchor + literals)
    written += literals
    if (match === 0) return true
    written = to.writeUInt16LE(distance, written)
    written = writeMore(to, written, rest)
    return true
  }
  for (let at = 0; at < from.length - MATCH_LIMIT; ) {
    const word = from.readInt32LE(at)
    const hash = Math.imul(word, -1640531535) >>> (32 - HASH_BITS)
    const before = table[hash] as number
    table[hash] = at
    if (before < 0 || from.readInt32LE(before) !== word) {
      // The longer nothing repeats, the larger the steps.
      at += 1 + ((at - anchor) >> 6)
      continue
    }
    let match = MATCH_MIN
    const matchMax = from.length - LAST_LITERALS - at
    while (match < matchMax && from[before + match] === from[at + match]) match++
    if (!emit(at - anchor, at - before, match)) return undefined
    at += match
    anchor = at
  }
  return emit(from.length - anchor, 0, 0) ? to.subarray(0, written) : undefined
}

function writeMore(to: Buffer, from: number, length: number): number {
  let at = from
  if (length < 15) return at
  let rest = length - 15
  for (; rest >= 255; rest -= 255) to[at++] = 255
  to[at++] = rest
  return at
}
